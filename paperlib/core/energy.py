"""The energy that a stretch of work takes, from the best source at hand, which is named with it.

- ``joulescope``: a Joulescope between the machine and its supply, read with ``pyjoulescope_driver``
  (``pip install 'paperlib[energy]'``): the whole machine, measured.
- ``rapl``: the counters of the processor's packages (Linux, ``/sys/class/powercap``; David et al., 2010,
  https://doi.org/10.1145/1840845.1840883): the processor and what else runs on it, measured.
- ``estimate``: nothing is measured. The processor time of this process and of all below it, times the power of a busy
  core, which CodeCarbon takes to be 4 W where it does not know the processor (https://docs.codecarbon.io).

A GPU is in the first alone.
"""

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self

import psutil

from paperlib.core.errors import PaperlibError

Source = Literal["joulescope", "rapl", "estimate"]
POWERCAP = Path("/sys/class/powercap")
CORE_WATTS = 4.0  # of a busy logical core: CodeCarbon's DEFAULT_POWER_PER_CORE
RAPL_SECONDS = 30.0  # between two readings: counters start again at 0 after some minutes of full load
MIRRORED_JOULES = 1.0  # between two counters of a processor of several dies that show the same
STATISTICS_HZ = 10  # of a Joulescope
JOULESCOPE_SECONDS = 3.0  # to wait for its next statistics
COVERED = 0.99  # share of the time of which a Joulescope has to have told


class _Gauge(Protocol):
    source: Source

    def start(self) -> None:
        """Begins to measure."""

    def stop(self) -> float:
        """Ends it, and gives the joules since the start."""


class Meter:
    """Measures what happens inside ``with Meter() as meter:``; afterwards ``meter`` has the results.

    >>> with Meter() as meter:
    ...     sum(range(10_000))
    49995000
    >>> meter.joules > 0, meter.seconds > 0
    (True, True)
    """

    joules: float  # by ``source``
    seconds: float  # of the clock

    def __init__(self) -> None:
        self._gauge = _gauge()
        self.source: Source = self._gauge.source

    def __enter__(self) -> Self:
        self._gauge.start()
        self._start = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises PaperlibError where a Joulescope was lost meanwhile."""
        self.seconds = time.perf_counter() - self._start
        self.joules = self._gauge.stop()


def _gauge() -> _Gauge:
    """The first of the three sources that this machine has."""
    with contextlib.suppress(PaperlibError):
        return Joulescope()
    with contextlib.suppress(PaperlibError):
        return Rapl()
    return ProcessorTime()


class ProcessorTime:
    """Processor seconds times the watts of a core."""

    source: Source = "estimate"

    def start(self) -> None:
        self._begun = _processor_seconds()

    def stop(self) -> float:
        return (_processor_seconds() - self._begun) * CORE_WATTS


def _processor_seconds() -> float:
    """User and system, of this process, its children that have ended, and all below it that run."""
    seconds = sum(os.times()[:4])
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # ended just now, and is counted with its parent from now on
            seconds += sum(process.cpu_times()[:4])
    return seconds


class Rapl:
    """The counters of all processor packages. Raises PaperlibError where there are none, or they cannot be read."""

    source: Source = "rapl"

    def __init__(self, powercap: Path = POWERCAP, every: float = RAPL_SECONDS):
        """``every``: seconds between two readings, in which no counter may pass its range twice."""
        try:
            zones = [zone for zone in sorted(powercap.glob("intel-rapl:*")) if _is_package(zone)]
            self._ranges = {zone: _microjoules(zone / "max_energy_range_uj") for zone in zones}
            self._last = _distinct({zone: _microjoules(zone / "energy_uj") for zone in zones})
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise PaperlibError(f"{powercap}: the energy counters cannot be read ({reason})") from None
        if not self._last:
            raise PaperlibError(f"{powercap}: holds no energy counter of a processor package, expected intel-rapl:0")
        self._every, self._sum = every, 0

    def start(self) -> None:
        self._last = {zone: _microjoules(zone / "energy_uj") for zone in self._last}
        self._sum, self._stopped = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._stopped.set()
        self._thread.join()
        self._read()
        return self._sum / 1e6

    def _watch(self) -> None:
        while not self._stopped.wait(self._every):
            self._read()

    def _read(self) -> None:
        """Adds what the counters have counted since they were last read; they start again at 0 past their range."""
        for zone, before in self._last.items():
            self._last[zone] = now = _microjoules(zone / "energy_uj")
            self._sum += now - before + (self._ranges[zone] if now < before else 0)


def _is_package(zone: Path) -> bool:
    """Whether a zone is a whole processor package: its cores and memory are zones inside it, a platform another."""
    return (zone / "name").read_text().startswith("package")


def _microjoules(file: Path) -> int:
    return int(file.read_text())


def _distinct(counters: dict[Path, int]) -> dict[Path, int]:
    """Without counters that show what another shows, as those of the dies of one processor do."""
    kept: dict[Path, int] = {}
    for zone, count in counters.items():
        if all(abs(count - other) > MIRRORED_JOULES * 1e6 for other in kept.values()):
            kept[zone] = count
    return kept


class Joulescope:
    """The one Joulescope that is plugged in (JS110, JS220 or later).

    It sends statistics ten times a second (a JS110 twice), each with its energy and the times between which that was
    used; those that the work began or ended in count in part. Raises PaperlibError where there is not exactly one, or
    no driver.
    """

    source: Source = "joulescope"

    def __init__(self, driver: Any = None):
        """``driver``: a ``pyjoulescope_driver.Driver``, by default a new one."""
        self._driver = driver or _new_driver()
        weakref.finalize(self, self._driver.finalize)
        paths = self._driver.device_paths()
        if len(paths) != 1:
            raise PaperlibError(f"found {len(paths)} Joulescopes ({', '.join(paths) or 'none'}), expected one")
        self._device = paths[0]
        self._old = "js110" in self._device
        self._topic = f"{self._device}/s/{'sstats' if self._old else 'stats'}/value"
        self._blocks: list[tuple[float, float, float]] = []  # start and end, seconds since 1970, and joules
        self._new = threading.Condition()

    def start(self) -> None:
        self._blocks.clear()
        self._on_value = self._keep  # a bound method is made anew each time it is named, and is known by its identity
        try:
            self._driver.open(self._device)
            if self._old:
                self._publish({"i/range/select": "auto"})
            else:
                self._publish({"i/range/mode": "auto", "stats/scnt": 1_000_000 // STATISTICS_HZ, "stats/ctrl": 1})
            self._driver.subscribe(self._topic, "pub", self._on_value)
        except RuntimeError as error:
            raise PaperlibError(f"{self._device} cannot be used: {error}") from None
        self._wait_until(lambda: bool(self._blocks))
        self._begun = time.time()

    def stop(self) -> float:
        end = time.time()
        try:
            self._wait_until(lambda: self._blocks[-1][1] >= end)
        finally:
            self._driver.unsubscribe(self._topic, self._on_value)
            if not self._old:
                self._publish({"stats/ctrl": 0})
            self._driver.close(self._device)
        return joules_between(self._begun, end, self._blocks)

    def _publish(self, settings: dict[str, Any]) -> None:
        for name, value in settings.items():
            self._driver.publish(f"{self._device}/s/{name}", value)

    def _keep(self, topic: str, value: dict[str, Any]) -> None:
        start, end = (_unix(stamp) for stamp in value["time"]["utc"]["value"])
        with self._new:
            self._blocks.append((start, end, value["signals"]["power"]["integral"]["value"]))
            self._new.notify_all()

    def _wait_until(self, there: Callable[[], bool]) -> None:
        with self._new:
            if not self._new.wait_for(there, JOULESCOPE_SECONDS):
                raise PaperlibError(f"{self._device} has sent no statistics for {JOULESCOPE_SECONDS:.0f} s; is it on?")


def joules_between(begun: float, end: float, blocks: list[tuple[float, float, float]]) -> float:
    """The energy between two times, of blocks (start, end, joules). Raises PaperlibError where blocks are missing."""
    joules = covered = 0.0
    for start, stop, energy in blocks:
        inside = max(0.0, min(stop, end) - max(start, begun))
        covered += inside
        joules += energy * inside / (stop - start)
    if covered < COVERED * (end - begun):
        raise PaperlibError(f"the Joulescope told of {covered:.1f} s out of {end - begun:.1f} s; is its cable loose?")
    return joules


def _unix(stamp: int) -> float:
    """Seconds since 1970 of a Joulescope's time: 2^-30 s since 2018 (``pyjoulescope_driver.time64``)."""
    return stamp / 2**30 + 1_514_764_800


def _new_driver() -> Any:
    try:
        from pyjoulescope_driver import Driver
    except ImportError:
        raise PaperlibError("a Joulescope is read with pyjoulescope_driver: pip install 'paperlib[energy]'") from None
    return Driver()
