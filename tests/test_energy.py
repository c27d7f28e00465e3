"""Energy: a Joulescope's statistics cut to the time measured, counters that wrap around, and an estimate named so."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from paperlib.core import energy
from paperlib.core.energy import CORE_WATTS, Joulescope, Meter, ProcessorTime, Rapl, joules_between
from paperlib.core.errors import PaperlibError

NOW = 1_800_000_000.0  # seconds since 1970
RANGE = 262_143_328_850  # microjoules


def statistics(start: float, seconds: float, watts: float, begun: int = 0) -> dict[str, Any]:
    """What pyjoulescope_driver 2.2 publishes under s/stats/value, of made-up numbers."""
    utc = [round((at - 1_514_764_800) * 2**30) for at in (start, start + seconds)]
    volts, n = 5.0, round(seconds * 1e6)
    signals = {
        name: {"avg": {"value": mean, "units": unit}, "std": {"value": 0.0, "units": unit}}
        | {"integral": {"value": mean * seconds, "units": whole}}
        for name, mean, unit, whole in (("current", watts / volts, "A", "C"), ("power", watts, "W", "J"))
    }
    return {
        "time": {
            "samples": {"value": [begun, begun + n], "units": "samples"},
            "utc": {"value": utc, "units": "time64"},
            "sample_freq": {"value": 1e6, "units": "Hz"},
            "delta": {"value": seconds, "units": "s"},
        },
        "signals": {**signals, "voltage": {"avg": {"value": volts, "units": "V"}}},
        "accumulators": {"energy": {"value": watts * seconds, "int_scale": 2**-27, "units": "J"}},
        "source": {"unique_id": "u/js220/000001"},
    }


class Driver:
    """Plays a made-up trace to whoever subscribes, as pyjoulescope_driver's Driver does from a thread of its own."""

    def __init__(self, trace: list[dict[str, Any]], devices: tuple[str, ...] = ("u/js220/000001",)):
        self.trace, self.devices, self.calls = trace, devices, list[tuple[Any, ...]]()
        self.opens = True

    def device_paths(self) -> list[str]:
        return list(self.devices)

    def open(self, device: str) -> None:
        if not self.opens:
            raise RuntimeError("jsdrv_open failed")
        self.calls.append(("open", device))

    def close(self, device: str) -> None:
        self.calls.append(("close", device))

    def finalize(self) -> None:
        pass

    def publish(self, topic: str, value: Any) -> None:
        self.calls.append((topic, value))

    def subscribe(self, topic: str, flags: str, on_value: Callable[[str, Any], None]) -> None:
        self.calls.append((topic, flags))
        self.subscriber = on_value
        for value in self.trace:
            on_value(topic, value)

    def unsubscribe(self, topic: str, on_value: Callable[[str, Any], None]) -> None:
        assert on_value is self.subscriber
        self.calls.append((topic, "unsubscribed"))


def measured(monkeypatch: pytest.MonkeyPatch, driver: Driver, begun: float, end: float) -> float:
    """The joules of a Joulescope between two times of a clock that a test sets."""
    times = iter((begun, end))
    monkeypatch.setattr(energy, "time", SimpleNamespace(time=lambda: next(times)))
    gauge = Joulescope(driver)
    gauge.start()
    return gauge.stop()


def test_a_joulescope_counts_what_the_work_used_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    watts = [1.0, 2.0, 3.0, 40.0]
    driver = Driver([statistics(NOW + 0.1 * place, 0.1, power) for place, power in enumerate(watts)])
    joules = measured(monkeypatch, driver, NOW + 0.05, NOW + 0.25)
    assert joules == pytest.approx(0.05 * 1 + 0.1 * 2 + 0.05 * 3, rel=1e-4)
    device = "u/js220/000001"
    assert driver.calls[0] == ("open", device)
    assert (f"{device}/s/stats/scnt", 100_000) in driver.calls, "ten statistics a second"
    ends = [(f"{device}/s/stats/value", "unsubscribed"), (f"{device}/s/stats/ctrl", 0), ("close", device)]
    assert driver.calls[-3:] == ends


def test_the_first_joulescope_sends_statistics_under_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver([statistics(NOW, 0.5, 2.0), statistics(NOW + 0.5, 0.5, 4.0)], ("u/js110/000002",))
    assert measured(monkeypatch, driver, NOW, NOW + 1) == pytest.approx(3.0, rel=1e-4)
    assert ("u/js110/000002/s/sstats/value", "pub") in driver.calls


def test_a_joulescope_that_is_missing_silent_or_interrupted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PaperlibError, match=r"found 2 Joulescopes \(a, b\), expected one"):
        Joulescope(Driver([], ("a", "b")))
    monkeypatch.setattr(energy, "JOULESCOPE_SECONDS", 0.0)
    with pytest.raises(PaperlibError, match="has sent no statistics"):
        Joulescope(Driver([])).start()
    broken = Driver([])
    broken.opens = False
    with pytest.raises(PaperlibError, match="cannot be used: jsdrv_open failed"):
        Joulescope(broken).start()
    gap = [statistics(NOW, 0.1, 1.0), statistics(NOW + 0.9, 0.2, 1.0)]
    with pytest.raises(PaperlibError, match=r"told of 0\.2 s out of 1\.0 s"):
        measured(monkeypatch, Driver(gap), NOW, NOW + 1)


def test_the_real_driver_has_what_is_asked_of_it() -> None:
    library = pytest.importorskip("pyjoulescope_driver")
    for name in ("device_paths", "open", "close", "publish", "subscribe", "unsubscribe", "finalize"):
        assert callable(getattr(library.Driver, name))
    stamp = library.time64.as_time64(NOW)
    assert energy._unix(stamp) == pytest.approx(library.time64.as_timestamp(stamp))


def test_the_real_driver_sends_the_fields_that_are_read() -> None:
    """Its Python cannot send statistics, a payload type of its C code alone; so its source is asked, which it ships."""
    library = pytest.importorskip("pyjoulescope_driver")
    source = Path(library.__file__).with_name("binding.c")
    if not source.is_file():
        pytest.skip("the driver was installed without its source")
    text = source.read_text(encoding="utf-8", errors="replace")
    found = text[text.index("'samples': {'value': [sample_id_start, sample_id_end]") :]
    fields = (
        "'utc': {",
        "'units': 'time64'",
        "'power': {",
        "'integral': {'value': stats[0].p_avg * t_delta, 'units': 'J'}",
    )
    places = [found.index(field) for field in fields]
    assert places == sorted(places)
    made_up = statistics(NOW, 0.1, 1.0)
    assert made_up["time"]["utc"]["units"] == "time64"
    assert made_up["signals"]["power"]["integral"]["units"] == "J"


def powercap(folder: Path, **counters: int) -> Path:
    """A tree like that of /sys/class/powercap, with two packages, the cores of the first, and the platform."""
    zones = {"intel-rapl:0": "package-0", "intel-rapl:0:0": "core", "intel-rapl:1": "package-1", "intel-rapl:2": "psys"}
    for zone, name in zones.items():
        (folder / zone).mkdir(parents=True, exist_ok=True)
        (folder / zone / "name").write_text(f"{name}\n")
        (folder / zone / "max_energy_range_uj").write_text(f"{RANGE}\n")
        (folder / zone / "energy_uj").write_text(f"{counters.get(name.replace('-', '_'), 0)}\n")
    return folder


def test_packages_are_added_up_and_a_counter_may_wrap_around(tmp_path: Path) -> None:
    gauge = Rapl(powercap(tmp_path, package_0=RANGE - 1_000_000, package_1=5_000_000, core=7))
    gauge.start()
    powercap(tmp_path, package_0=2_000_000, package_1=5_500_000, core=99_000_000, psys=99_000_000)
    assert gauge.stop() == pytest.approx(3.0 + 0.5)


def test_a_counter_is_read_before_it_can_wrap_around_twice(tmp_path: Path) -> None:
    gauge = Rapl(powercap(tmp_path, package_0=0, package_1=RANGE // 2))
    gauge.start()
    for count in (RANGE // 2, 0, RANGE // 2, 0):  # the other package stands still
        powercap(tmp_path, package_0=count, package_1=RANGE // 2)
        gauge._read()
    assert gauge.stop() == pytest.approx(2 * RANGE / 1e6)


def test_dies_that_show_the_same_counter_count_once(tmp_path: Path) -> None:
    gauge = Rapl(powercap(tmp_path, package_0=9_000_000, package_1=9_000_100))
    gauge.start()
    powercap(tmp_path, package_0=11_000_000, package_1=11_000_100)
    assert gauge.stop() == pytest.approx(2.0)


def test_counters_that_are_missing_or_unreadable_are_told(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match="holds no energy counter of a processor package"):
        Rapl(tmp_path / "nowhere")
    (powercap(tmp_path) / "intel-rapl:0" / "energy_uj").unlink()
    with pytest.raises(PaperlibError, match=r"cannot be read \(No such file"):
        Rapl(tmp_path)


def test_an_estimate_is_processor_time_times_the_power_of_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([(1.0, 1.0, 0.0, 0.0, 10.0), (3.0, 1.5, 2.0, 0.5, 14.0)])
    monkeypatch.setattr(energy, "os", SimpleNamespace(times=lambda: next(times)))
    gauge = ProcessorTime()
    gauge.start()
    assert gauge.stop() == pytest.approx(5.0 * CORE_WATTS), "5 processor seconds, children included"


def test_an_estimate_counts_children_that_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Child:
        used = iter(((1.0, 0.5, 0.0, 0.0), (4.0, 0.5, 1.0, 0.0)))

        def cpu_times(self) -> tuple[float, ...]:
            return next(self.used)

    class Ended:
        def cpu_times(self) -> tuple[float, ...]:
            raise psutil.NoSuchProcess(1)

    family = SimpleNamespace(children=lambda recursive: [running, Ended()] if recursive else [])
    running = Child()
    monkeypatch.setattr(energy, "os", SimpleNamespace(times=lambda: (1.0, 0.0, 0.0, 0.0, 0.0)))
    monkeypatch.setattr(energy.psutil, "Process", lambda: family)
    gauge = ProcessorTime()
    gauge.start()
    assert gauge.stop() == pytest.approx((5.5 - 1.5) * CORE_WATTS)


def test_a_meter_takes_the_best_source_there_is_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Any:
        raise PaperlibError("no driver")

    monkeypatch.setattr(energy, "_new_driver", none)
    monkeypatch.setattr(energy, "Rapl", partial(Rapl, tmp_path / "nowhere"))
    with Meter() as meter:
        sum(range(200_000))
    assert (meter.source, meter.seconds > 0, meter.joules >= 0) == ("estimate", True, True)
    tree = powercap(tmp_path, package_0=1_000_000, package_1=3_000_000)
    monkeypatch.setattr(energy, "Rapl", partial(Rapl, tree))
    with Meter() as meter:
        powercap(tmp_path, package_0=2_000_000, package_1=3_000_000)
    assert (meter.source, meter.joules) == ("rapl", 1.0)


def test_joules_of_no_time_at_all() -> None:
    assert joules_between(NOW, NOW, [(NOW - 1, NOW + 1, 5.0)]) == 0
