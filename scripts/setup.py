"""Makes `.venv/` ready for why401, and does nothing when it is.

    python scripts/setup.py [--dev] [--python PATH] [--venv FOLDER]

Runs under Python 3.6 or newer, because a machine's default Python may be older than the one that
why401 needs: it looks for that one itself, builds `.venv/` with it and installs the checkout into
it in editable form. `--dev` adds what the tests, the checks and the benchmarks need, `--venv` names
another folder, to try another Python in.

The environment holds a stamp that says what it was made from. Same stamp, nothing to do. A stamp
that says "working" is that of a run which was cut off: the environment is built anew, since
nobody knows how far it got. So is one that was moved or whose interpreter is gone.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import OrderedDict
from pathlib import Path

OLDEST = (3, 12)
NEWEST_TRIED = (3, 14)  # a newer one may lack wheels of our dependencies, so it comes last
STAMP = "why401-setup.json"
PROBE_TIMEOUT_S = 20

# One line of JSON about the interpreter that runs it. The base executable, because a virtual
# environment that is on PATH may be gone tomorrow.
PROBE = """
import json, platform, sys, sysconfig
try:
    import ensurepip, venv
    pip = True
except ImportError:
    pip = False
kind = platform.python_implementation()
if sysconfig.get_config_var('Py_GIL_DISABLED'):
    kind = 'free-threaded ' + kind
print(json.dumps([list(sys.version_info[:3]), sys.version_info[3], pip, kind,
    getattr(sys, '_base_executable', None) or sys.executable]))
"""

NOT_FOUND = (
    "why401 needs Python {oldest} or newer, found {found}; install one from "
    "https://www.python.org/downloads/ (or run `pyenv install {newest}`, or install uv), then try "
    "again · 需要 Python {oldest} 或更新版本，本机找到的是：{found_zh}；"
    "请安装后重试（官网安装包、`pyenv install {newest}` 或 uv 均可）"
)
NO_PIP = (
    "Python {version} at {path} has no venv module; install it (Debian: "
    "`apt install python{short}-venv`) or install uv, then try again · "
    "该 Python 缺少 venv 模块，请安装后重试"
)
UNFIT = (
    "{path} is {what}, why401 needs CPython {oldest} or newer · "
    "指定的解释器不合要求，需要 CPython {oldest} 或更新版本"
)
BUILDING = "Setting up {venv} with {what} … (a minute or two the first time) · 正在准备 {venv}"
SYNCING = "Bringing {venv} up to date … · 正在更新 {venv}"
READY = "{venv} is ready after {seconds:.0f} s · 已就绪"
FAILED = (
    "Set-up failed, the cause is above; once it is mended, run the same command again · "
    "准备失败，原因见上；排除后重新运行同一命令即可"
)


class SetupError(Exception):
    """Set-up cannot go on; the text is the one line that the user reads."""


class Python:
    """An interpreter as it described itself when it was run."""

    def __init__(self, path, version, level, has_pip, implementation):
        self.path = path
        self.version = tuple(version)
        self.level = level
        self.has_pip = has_pip
        self.implementation = implementation

    @property
    def is_fitting(self):
        """Whether why401 runs on it: a released CPython, new enough."""
        return self.version >= OLDEST and self.level == "final" and self.implementation == "CPython"

    def __str__(self):
        name = "Python" if self.implementation == "CPython" else self.implementation
        return "{} {}".format(name, ".".join(map(str, self.version)))


def say(line):
    """Print a line on standard error, as UTF-8 even where the locale is C."""
    sys.stderr.flush()
    getattr(sys.stderr, "buffer", sys.stdout.buffer).write((line + "\n").encode("utf-8"))
    sys.stderr.flush()


def probed(command):
    """Return the Python that `command` (a list) starts, None where it starts none."""
    try:
        done = subprocess.run(
            command + ["-c", PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            return None
        version, level, has_pip, implementation, path = json.loads(done.stdout.decode("utf-8"))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Python(path, version, level, has_pip, implementation)


def candidates(environ):
    """Yield the commands that may start a Python: the usual names on PATH, then pyenv and uv.

    Names are looked up on every folder of PATH, not the first only: behind a pyenv shim that
    stands for nothing there may be a real one.
    """
    names = ["python3.{}".format(minor) for minor in (13, 12, 14)] + ["python3", "python"]
    folders = [Path(folder) for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    suffix = ".exe" if os.name == "nt" else ""
    for name in names:
        for folder in folders:
            if os.access(str(folder / (name + suffix)), os.X_OK):
                yield [str(folder / (name + suffix))]
    if os.name == "nt" and shutil.which("py"):
        for minor in (14, 13, 12):
            yield ["py", "-3.{}".format(minor)]
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    roots = [
        Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions",
        home / ".pyenv" / "versions",
        data / "uv" / "python",
    ]
    for root in roots:
        for path in sorted(root.glob("*/bin/python")):
            yield [str(path)]


def found_pythons(environ):
    """Return the interpreters of this machine, each once, in the order they were found."""
    found = OrderedDict()
    tried = set()
    for command in candidates(environ):
        if tuple(command) in tried:
            continue
        tried.add(tuple(command))
        python = probed(command)
        if python is not None:
            found.setdefault(os.path.realpath(python.path), python)
    return list(found.values())


def chosen_python(pythons, with_uv):
    """Return the newest of `pythons` that fits, None where none does.

    uv makes an environment without the venv module; without uv that module must be there.
    """
    fitting = [python for python in pythons if python.is_fitting]
    usable = [python for python in fitting if with_uv or python.has_pip]
    if fitting and not usable:
        python = fitting[0]
        raise SetupError(
            NO_PIP.format(
                version=".".join(map(str, python.version)),
                path=python.path,
                short="{}.{}".format(*python.version),
            )
        )
    return max(
        usable,
        key=lambda python: (python.version[:2] <= NEWEST_TRIED, python.version),
        default=None,
    )


def not_found(pythons):
    """Return the line that says which interpreters are there and that none fits."""
    found = ", ".join(OrderedDict.fromkeys(str(python) for python in pythons))
    return NOT_FOUND.format(
        oldest="{}.{}".format(*OLDEST),
        newest="3.13",
        found=found or "no Python",
        found_zh=found or "无",
    )


def venv_python(venv):
    """Return the path of the environment's interpreter, there or not."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted_stamp(root, version, groups):
    """Return the stamp of an environment made from this checkout: a plain mapping."""
    digest = hashlib.sha256()
    for path in (root / "pyproject.toml", Path(__file__)):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return {
        "state": "ready",
        "root": str(root),
        "python": version,
        "groups": sorted(groups),
        "made_from": digest.hexdigest(),
    }


def read_stamp(venv):
    """Return the stamp of `venv`, an empty mapping where there is none that can be read."""
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(venv, stamp):
    """Put `stamp` into `venv` in one step, so that it is whole or not there."""
    venv.mkdir(exist_ok=True)
    draft = venv / (STAMP + ".new")
    draft.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    draft.replace(venv / STAMP)


def running_version(python):
    """Return `3.13` for the interpreter at `python`, None where it does not start or fit."""
    if os.path.abspath(sys.executable) == os.path.abspath(str(python)):
        version, fits = sys.version_info[:2], sys.version_info >= OLDEST
    else:
        answer = probed([str(python)])
        if answer is None:
            return None
        version, fits = answer.version[:2], answer.is_fitting
    return "{}.{}".format(*version) if fits else None


def must_rebuild(stamp, root, version):
    """Whether an environment with this stamp is beyond mending by installing once more.

    Without a stamp it was made by hand, by uv or by pip: it is used as it is.
    """
    if version is None or stamp.get("state") == "working":
        return True
    return bool(stamp) and (stamp.get("root"), stamp.get("python")) != (str(root), version)


def run(command, root):
    """Run `command` in the checkout and return whether it succeeded."""
    return subprocess.call([str(part) for part in command], cwd=str(root)) == 0


def make_venv(root, venv, python, uv):
    """Create the environment with `python`; with uv alone where that is None."""
    major, minor = NEWEST_TRIED
    request = python.path if python else ">={}.{},<{}.{}".format(*OLDEST, major, minor + 1)
    if uv and run([uv, "venv", "--quiet", "--allow-existing", "--python", request, venv], root):
        return
    if python is None or not python.has_pip or not run([python.path, "-m", "venv", venv], root):
        raise SetupError(FAILED)


def requirements(root, python, groups):
    """Return what the groups of pyproject.toml ask for, read by the environment's Python.

    `pip install --group` needs pip 25.1, newer than the one that Python 3.12 and 3.13 bring.
    """
    code = (
        "import json, sys, tomllib\n"
        "groups = tomllib.load(open(sys.argv[1], 'rb'))['dependency-groups']\n"
        "print(json.dumps([line for name in sys.argv[2:] for line in groups[name]]))"
    )
    command = [str(python), "-c", code, str(root / "pyproject.toml")] + sorted(groups)
    return json.loads(subprocess.check_output(command).decode("utf-8")) if groups else []


def install(root, venv, groups, uv):
    """Install the checkout, its dependencies and `groups` into the environment."""
    python = venv_python(venv)
    wanted = ["--editable", root] + requirements(root, python, groups)
    if uv:
        if run([uv, "pip", "install", "--quiet", "--python", python] + wanted, root):
            return
        # uv does not read pip's configuration, where many a user has put a mirror.
        say("uv failed, trying pip · uv 失败，改用 pip")
    pip = [python, "-m", "pip"]
    quiet = subprocess.DEVNULL
    if subprocess.call([str(part) for part in pip] + ["--version"], stdout=quiet, stderr=quiet):
        run([python, "-m", "ensurepip", "--upgrade"], root)
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    if not run(pip + ["install"] + options + wanted, root):
        raise SetupError(FAILED)


def new_venv(root, venv, asked, uv, environ):
    """Build the environment from nothing and return its Python version, such as `3.13`."""
    if asked:
        python = probed([asked])
        if python is None or not python.is_fitting:
            raise SetupError(
                UNFIT.format(
                    path=asked,
                    what=python or "no Python",
                    oldest="{}.{}".format(*OLDEST),
                )
            )
        chosen_python([python], uv is not None)
    else:
        pythons = found_pythons(environ)
        python = chosen_python(pythons, uv is not None)
        if python is None and uv is None:
            raise SetupError(not_found(pythons))
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    elif venv.exists():
        shutil.rmtree(str(venv))
    write_stamp(venv, {"state": "working"})
    what = "{}, {}".format(python, python.path) if python else "uv"
    say(BUILDING.format(venv=venv.name, what=what))
    make_venv(root, venv, python, uv)
    version = running_version(venv_python(venv))
    if version is None:
        raise SetupError(FAILED)
    return version


def set_up(root, venv, groups, asked, environ):
    """Make `venv` ready with `groups` of dependencies; raises SetupError."""
    started = time.monotonic()
    stamp = read_stamp(venv)
    version = running_version(venv_python(venv))
    rebuild = must_rebuild(stamp, root, version)
    if not rebuild:
        # What an earlier run added stays, and is brought up to date with the rest.
        groups = set(groups) | set(stamp.get("groups", ()))
        if stamp == wanted_stamp(root, version, groups):
            return
        say(SYNCING.format(venv=venv.name))
    uv = shutil.which("uv", path=environ.get("PATH"))
    if rebuild:
        version = new_venv(root, venv, asked, uv, environ)
    before = read_stamp(venv)
    write_stamp(venv, {"state": "working"})
    try:
        install(root, venv, groups, uv)
    except SetupError:
        # Installers change nothing before all is at hand: without network what worked still works.
        if before.get("state") == "ready":
            write_stamp(venv, before)
        elif not rebuild:
            (venv / STAMP).unlink()
        raise
    write_stamp(venv, wanted_stamp(root, version, groups))
    say(READY.format(venv=venv.name, seconds=time.monotonic() - started))


def locked(root):
    """Return an open file that holds off a second set-up of the same checkout while it lives."""
    file = open(str(root / "pyproject.toml"), "rb")  # noqa: SIM115
    if os.name != "nt":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def main(argv=None, root=None, environ=None):
    """Set up the checkout at `root` and return the exit code."""
    environ = os.environ if environ is None else environ
    root = Path(__file__).resolve().parent.parent if root is None else root
    parser = argparse.ArgumentParser(prog="setup.py", description="Make .venv ready for why401.")
    parser.add_argument("--dev", action="store_true", help="add what tests and checks need")
    parser.add_argument("--python", default="", help="the interpreter to build it with")
    parser.add_argument("--venv", default=".venv", help="its folder in the checkout: .venv-…")
    options = parser.parse_args(argv)
    if not options.venv.startswith(".venv") or Path(options.venv).name != options.venv:
        parser.error("--venv takes a name that begins with .venv")  # what stands there is replaced
    groups = {"dev"} if options.dev else set()
    try:
        with locked(root):
            set_up(root, root / options.venv, groups, options.python, environ)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
