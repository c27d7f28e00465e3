"""Is TeX here? On Debian as root it is installed, and said so; elsewhere one line says what to install.

python -m paperlib.paper.tex_install
"""

import os
import shutil
import subprocess
import sys

PACKAGES = (
    "texlive-latex-base texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended texlive-science "
    "lmodern latexmk poppler-utils"
)
NEEDED = ("booktabs.sty", "lmodern.sty", "siunitx.sty", "natbib.sty")  # one file of each package the paper draws on
MISSING = (
    "No TeX here: figures and tables are made, the PDF is not. For the PDF install TeX Live with latexmk "
    f"(Debian, Ubuntu: apt-get install {PACKAGES}) and run the same command again."
)


def available() -> bool:
    """Whether the paper can be typeset: latexmk, and the packages it uses."""
    if not (shutil.which("latexmk") and shutil.which("kpsewhich")):
        return False
    return subprocess.run(["kpsewhich", *NEEDED], capture_output=True, check=False).returncode == 0


def install() -> bool:
    """Installs TeX with apt. False where it could not; apt has then said why on stderr."""
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    commands = [[*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *PACKAGES.split()]]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return all(
        subprocess.run(each, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode == 0 for each in commands
    )


def main() -> int:
    """Always 0: a study without TeX still makes its figures and tables."""
    if available():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing TeX with apt, about 190 MB and two minutes: {PACKAGES}", flush=True)
        if install() and available():
            return 0
    print(MISSING, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
