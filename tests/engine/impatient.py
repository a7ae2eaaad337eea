"""The program with a time limit of two seconds for making a version; the tests run it as `__main__.py`."""

import runpy

import pulumi


def limit(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    if args.type_ != "azure-native:compute:GalleryImageVersion":
        return None
    timeouts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2s"))
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, timeouts))


pulumi.runtime.register_stack_transformation(limit)
runpy.run_path("program.py", run_name="__main__")
