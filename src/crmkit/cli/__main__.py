"""Makes `python -m crmkit.cli` the same as `crmkit`."""

from crmkit.cli import main

main()
