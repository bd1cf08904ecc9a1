# shellcheck shell=sh disable=SC2154
# The environment that run, test and .ci/run share. Whoever sources this first sets $root, the checkout,
# and $extra: empty, or `test` for the tools of the tests too. Then set_up makes .venv with ddcat in it, and
# sees to what PDF files need from the system.
#
# What was done leaves a stamp, so the next start only compares checksums: no pip, no network.
# Everything is said on standard error: the output of `./run score ... --json` belongs to ddcat.

venv=$root/.venv
stamps=$venv/stamps

# WeasyPrint loads the three libraries; the fonts are those of our paper templates.
paper_packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-dejavu-extra"

# Homebrew's libraries lie where a Python from elsewhere does not look.
if [ -d /opt/homebrew/lib ]; then
    export DYLD_FALLBACK_LIBRARY_PATH="${DYLD_FALLBACK_LIBRARY_PATH:-/usr/local/lib:/usr/lib}:/opt/homebrew/lib"
fi

set_up() {
    if ! is_installed; then
        [ -w "$root" ] || stop "ddcat cannot be set up here: you may not write to $root."
        python=$(find_python) || stop "ddcat needs Python 3.11 or newer, and there is none on this machine."
        # Two starts at once take turns: the second then finds everything done.
        (wait_for_turn; is_installed || install_ddcat) 9>>"$root/.ci/environment.sh" || exit 1
    fi
    [ -e "$stamps/paper" ] || set_up_paper
}

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

# What an installation depends on. Its place too: a .venv that was moved does not work.
state() { (cd "$root" && pwd && cksum pyproject.toml ddcat/__init__.py); }

is_installed() {
    [ -x "$venv/bin/python" ] && [ "$(cat "$stamps/installed${extra:+-$extra}" 2>/dev/null)" = "$(state)" ]
}

# The path with all links resolved: when an upgrade removes this Python, .venv/bin/python ends in nothing
# and .venv is made anew, instead of half working with the next Python.
find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        "$name" -c '
import os, sys
assert sys.version_info >= (3, 11)
print(os.path.realpath(sys.executable))' 2>/dev/null </dev/null && return
    done
    return 1
}

# Locks file descriptor 9 for as long as the shell that called has it open; so no lock outlives its owner.
# Where the file system cannot lock, we go on without.
wait_for_turn() {
    "$python" -c '
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Waiting for another start of ddcat to finish its set-up ...", file=sys.stderr)
    fcntl.flock(9, fcntl.LOCK_EX)
except OSError:
    pass' </dev/null
}

install_ddcat() {
    before=$(state)
    is_usable_venv || make_venv
    say "Installing ddcat${extra:+ and the tools of its tests} into .venv; the first time takes a minute or two ..."
    (
        cd "$root" &&
            "$venv/bin/python" -m pip install -q --disable-pip-version-check -e ".${extra:+[$extra]}" </dev/null >&2
    ) || stop "ddcat could not be installed; the lines above say why, and the next start tries again."
    mkdir -p "$stamps"
    for stamp in installed "installed${extra:+-$extra}"; do
        printf '%s\n' "$before" >"$stamps/$stamp"
    done
}

is_usable_venv() {
    grep -q -F -e "$venv" "$venv/pyvenv.cfg" 2>/dev/null && "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

make_venv() {
    # Debian keeps venv's better half in a package of its own.
    package=${python##*/}-venv
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_packages "$package" ||
        stop "Python's venv is missing and could not be installed; on Debian and Ubuntu: apt-get install $package"
    say "Making .venv with $python ..."
    "$python" -m venv --clear "$venv" </dev/null >&2 || stop "Python could not make $venv; the lines above say why."
}

# Never fails: whatever is missing here, everything but PDF works.
set_up_paper() {
    missing=$(missing_for_paper)
    if [ -n "$missing" ] && [ ! -e "$stamps/paper-tried" ]; then
        # Once only: nobody wants to be asked for a password at every start.
        touch "$stamps/paper-tried" 2>/dev/null || :
        # shellcheck disable=SC2086 # one word a package
        install_packages $missing || :
        missing=$(missing_for_paper)
    fi
    if [ -z "$missing" ]; then
        touch "$stamps/paper" 2>/dev/null || :
    elif [ "$(uname)" = Darwin ]; then
        say "To make PDF files, install Pango (brew install pango); everything else works without."
    else
        say "To make PDF files, install $missing (Debian and Ubuntu: apt-get install, as root);" \
            "everything else works without."
    fi
}

# The packages of $paper_packages that are not there, whichever way they would have come.
missing_for_paper() {
    # shellcheck disable=SC2086
    "$venv/bin/python" - $paper_packages <<'END' || :
import ctypes, os, sys
from pathlib import Path

def there(package):
    if package.startswith("lib"):
        name = package.removesuffix("0").removesuffix("-")
        try:
            ctypes.CDLL(name + (".0.dylib" if "harfbuzz" in name else ".dylib") if mac else name + ".so.0")
        except OSError:
            return False
        return True
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    folders = "/usr/share/fonts", "/usr/local/share/fonts", Path(data, "fonts"), Path.home() / ".fonts"
    face = "DejaVuSansCondensed.ttf" if package.endswith("extra") else "DejaVuSans.ttf"
    return mac or any(face in names for top in folders for _, _, names in os.walk(top))

mac = sys.platform == "darwin"
print(*(package for package in sys.argv[1:] if not there(package)))
END
}

# Installs Debian packages if that can be done: with apt-get, and as root or with sudo. Quiet, as the caller
# says in one sentence what its failing means.
install_packages() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    elif [ -t 2 ] && command -v sudo >/dev/null; then
        as_root=sudo
    else
        return 1
    fi
    say "Installing $* with apt-get${as_root:+ and sudo} ..."
    {
        $as_root apt-get update || : # one source of many may be down
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -o DPkg::Lock::Timeout=60 install -y --no-install-recommends "$@"
    } </dev/null >/dev/null 2>&1
}
