"""Compares Lockstep with other simulators on RR1000, in turns: A B A B, on one CPU.

python3 sim-core/benches/peers/compare.py [--rounds N] [--cpu N] [PEER ...]

PEER is simpy (as its users write it), simpy-lean, nexosim, stepped (Lockstep's own rules and
apply, event by event, without a trace) or many (Lockstep with 100,000 tasks, per model event and
by CPU time, which Linux tells).
It builds what it needs under target/, with a virtual environment for SimPy 4.1.1 and NeXosim 1.0
outside the workspace. Only ratios of one round are used: a shared machine varies by a factor.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PEERS = ROOT / "sim-core" / "benches" / "peers"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
COUNTS = "dispatches 59928 completions 19000 exits 1000"
MANY = "100000"


def build_lockstep():
    subprocess.run(
        ["cargo", "build", "--release", "-q", "-p", "lockstep-sim-core", "--example", "rr1000"],
        cwd=ROOT,
        check=True,
    )
    return str(TARGET / "release" / "examples" / "rr1000")


def build_nexosim():
    target = TARGET / "peers"
    subprocess.run(
        ["cargo", "build", "--release", "-q", "--target-dir", str(target)],
        cwd=PEERS / "nexosim",
        check=True,
    )
    return str(target / "release" / "rr1000-nexosim")


def build_simpy():
    place = TARGET / "peers" / "simpy"
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "simpy==4.1.1"], check=True)
    return str(python)


def measure(command, pin, figure):
    """The time of a run (`figure` says which), and its counts."""
    output = subprocess.run(pin + command, capture_output=True, text=True, check=True).stdout
    counts, times = output.splitlines()
    numbers = times.split()
    return int(numbers[numbers.index(figure) + 1]), counts


def model_events(counts):
    words = counts.split()
    return sum(int(words[words.index(name) + 1]) for name in ["dispatches", "completions", "exits"])


def main():
    known = ["simpy", "simpy-lean", "nexosim", "stepped", "many"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cpu", type=int, default=0)
    parser.add_argument("peers", nargs="*", metavar="PEER", help=", ".join(known))
    arguments = parser.parse_args()
    for peer in arguments.peers:
        if peer not in known:
            parser.error(f"unknown peer {peer}: one of {', '.join(known)}")
    pin = ["taskset", "-c", str(arguments.cpu)] if shutil.which("taskset") else []

    lockstep = build_lockstep()
    for peer in arguments.peers or known:
        ours, figure = [lockstep, "1000", "traced", "15"], "median"
        if peer.startswith("simpy"):
            model = "lean" if peer == "simpy-lean" else "resource"
            theirs = [build_simpy(), str(PEERS / "simpy_rr1000.py"), model]
        elif peer == "nexosim":
            theirs = [build_nexosim(), "5"]
        elif peer == "stepped":
            theirs = [lockstep, "1000", "stepped", "15"]
        else:
            # A run of seconds is interrupted by other processes, one of milliseconds is not.
            ours, figure = [lockstep, "1000", "traced", "400"], "cpu"
            theirs = [lockstep, MANY, "traced", "2"]
        ratios, rates = [], []
        for _ in range(arguments.rounds):
            our_time, our_counts = measure(ours, pin, figure)
            their_time, their_counts = measure(theirs, pin, figure)
            if not our_counts.startswith(COUNTS):
                sys.exit(f"Lockstep counts {our_counts}, expected {COUNTS}")
            if peer != "many" and not their_counts.startswith(COUNTS):
                sys.exit(f"{peer} counts {their_counts}, expected {COUNTS}")
            our_rate = model_events(our_counts) / our_time
            their_rate = model_events(their_counts) / their_time
            ratios.append(our_rate / their_rate)
            rates.append((our_rate * 1e3, their_rate * 1e3))
        our_rate, their_rate = (statistics.median(column) for column in zip(*rates))
        print(
            f"{peer}: Lockstep is {statistics.median(ratios):.2f} times as fast"
            f" ({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} rounds);"
            f" {our_rate:.2f} and {their_rate:.2f} million model events a second",
            flush=True,
        )


main()
