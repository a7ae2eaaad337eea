"""The `gallery` command: what a team does with its data files beside `pulumi up`. One module for each subcommand."""
