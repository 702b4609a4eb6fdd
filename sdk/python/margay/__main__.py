"""What the gateway starts: python .../margay/__main__.py in the package's folder."""

import sys

if __spec__ is None:
    # Started as a file: the first entry is this folder, whose modules are no top-level ones.
    sys.path[0] = sys.path[0].rpartition("/")[0]

if __name__ == "__main__":
    if sys.argv[1:] == ["--template"]:
        from margay._template import main
    else:
        from margay._worker import main

    main()
