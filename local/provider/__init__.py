"""A stand-in for the azure-native plugin: Pulumi's provider protocol on one side, ARM's REST interface on the other.

It does what azure-native does, in azure-native's manner (keyed arrays, replacement on path parameters and location
only, a look before a creation, full PUTs), and holds no rule of Azure's. The engine can't tell the two apart; which
differences of behaviour remain is the README's to say.
"""
