"""Entry: the window without arguments, the window's children (trainer, sessions) by name, else a command."""

import sys


def main() -> int:
    """Start what the arguments ask for and return the exit status."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] == "window":
        from workbench.ui.app import main as window

        return window(arguments[1:])
    if arguments[0] == "worker":
        from workbench.engine.worker import main as worker

        return worker(arguments[1:])
    if arguments[0] == "session":
        from workbench.engine.session import main as session

        return session(arguments[1:])
    if arguments[0] == "lens":
        from workbench.engine.lens_session import main as lens

        return lens(arguments[1:])
    from workbench.cli import main as command

    return command(arguments)


if __name__ == "__main__":
    sys.exit(main())
