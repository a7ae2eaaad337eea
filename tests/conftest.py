"""For all tests. Generated examples are the same in each run, so that a red run is about a change of the program;
`HYPOTHESIS_PROFILE=new` looks at new ones.
"""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("new", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
