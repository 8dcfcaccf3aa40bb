"""RR1000 in SimPy: the workload of sim-core/benches/common, with the same numbers.

simpy_rr1000.py resource|lean: *resource* is how a SimPy user writes it (each task a process, the
CPU a Resource of capacity 1); *lean* has one scheduler process with a queue of its own.
Prints what examples/rr1000.rs prints: the counts of model events and the time of the run.
"""

import sys
import time
from collections import deque

import simpy

TASKS, BURSTS, SLICE = 1_000, 20, 10


def workload():
    """CPU and I/O bursts of each task, in turn, from Knuth's MMIX generator."""
    state = 42

    def draw(bound):
        nonlocal state
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (state >> 33) % bound + 1

    tasks = []
    for _ in range(TASKS):
        bursts = []
        for burst in range(BURSTS):
            if burst:
                bursts.append(draw(100))
            bursts.append(draw(50))
        tasks.append(bursts)
    return tasks


class Counts:
    dispatches = 0
    completions = 0
    exits = 0


def resource(tasks):
    """Each task requests the CPU for a slice at a time."""
    environment = simpy.Environment()
    cpu = simpy.Resource(environment, capacity=1)
    counts = Counts()

    def task(bursts):
        for place, left in enumerate(bursts):
            if place % 2:
                yield environment.timeout(left)
                counts.completions += 1
                continue
            while left:
                with cpu.request() as request:
                    yield request
                    counts.dispatches += 1
                    run = min(left, SLICE)
                    yield environment.timeout(run)
                    left -= run
        counts.exits += 1

    for bursts in tasks:
        environment.process(task(bursts))
    return environment, counts


def lean(tasks):
    """One process keeps the queue; only it and the timeouts of I/O are SimPy's."""
    environment = simpy.Environment()
    counts = Counts()
    queue = deque((bursts, 0, bursts[0]) for bursts in tasks)
    wake = environment.event()

    def scheduler():
        nonlocal wake
        while counts.exits < len(tasks):
            if not queue:
                yield wake
                wake = environment.event()
                continue
            bursts, place, left = queue.popleft()
            counts.dispatches += 1
            run = min(left, SLICE)
            yield environment.timeout(run)
            if left > run:
                queue.append((bursts, place, left - run))
            elif place + 1 == len(bursts):
                counts.exits += 1
            else:
                done = environment.timeout(bursts[place + 1], (bursts, place + 2))
                done.callbacks.append(complete)

    def complete(event):
        bursts, place = event.value
        counts.completions += 1
        queue.append((bursts, place, bursts[place]))
        if not wake.triggered:
            wake.succeed()

    environment.process(scheduler())
    return environment, counts


def main():
    model = {"resource": resource, "lean": lean}[sys.argv[1]]
    tasks = workload()
    environment, counts = model(tasks)
    start = time.perf_counter_ns()
    environment.run()
    elapsed = time.perf_counter_ns() - start
    print(
        f"dispatches {counts.dispatches} completions {counts.completions}"
        f" exits {counts.exits} events 0"
    )
    print(f"fastest {elapsed} median {elapsed} cpu 0")


main()
