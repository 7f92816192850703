# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
"""Python packages that a check needs: those of this interpreter, or of a virtual environment of its own."""

import importlib.util
import os
import subprocess
import sys

SKIP = 77


def skip(why):
    """Ends a check that cannot be made here."""
    print(f"skipped: {why}")
    sys.exit(SKIP)


def need(names, folder, with_them=()):
    """Goes on in an interpreter that has these packages; installs them into the virtual environment `folder` where
    this one lacks one. Where that cannot be done the check is skipped."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if not missing:
        return
    wanted = [*names, *with_them]
    if not folder or os.path.realpath(sys.prefix) == os.path.realpath(folder):
        skip(f"no {' and no '.join(missing)} here: pip install {' '.join(wanted)}")
    python = os.path.join(folder, "bin", "python")
    try:
        if not os.path.exists(python):
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
        if subprocess.run([python, "-c", f"import {', '.join(names)}"], capture_output=True).returncode != 0:
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout", "20",
                            "--retries", "1", *wanted], check=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as e:
        skip(f"{' '.join(wanted)} could not be installed: {e}. python3-venv and a package index are needed")
    sys.stdout.flush()
    os.execv(python, [python, *sys.argv])
