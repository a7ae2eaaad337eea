"""Azure by its own SDK, for what azure-native doesn't do: the share action, and the questions of commands.

Nothing here is imported before it is needed: the SDK takes a second.
"""
