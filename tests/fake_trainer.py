"""A trainer process that trains nothing: it follows the run folder's protocol as told by its arguments."""

import json
import sys
import time
from pathlib import Path

from workbench.core import events
from workbench.core.runs import Run

ACCURACY = {"ia3": 0.5}
"""What an adapter reaches with no rows at all, where it is not 0.6."""


def main() -> None:
    run, how = Run(Path(sys.argv[1])), sys.argv[2]
    run.claim()
    control = run.follow_control()
    run.append(events.Started(pid=0))
    print("a line in the log", flush=True)
    step = 0
    while how != "exit":
        step += 1
        run.append(events.Progress(step=step, total=1000))
        run.append(events.Metrics(step=step, values={"train/loss": 1 / step}))
        if how == "obedient" and any(item.command == "stop" for item in control.read()):
            run.append(events.Stopped(step=step, seconds=1.0))
            return
        if how == "slow to go" and step == 3:
            run.append(events.Stopped(step=step, seconds=1.0))
            time.sleep(1.0)
            return
        if how == "accurate" and step == 3:
            spec = run.spec()
            accuracy = ACCURACY.get(spec.adapter, 0.6) + spec.options["data_share"] / 4
            run.append(events.Metrics(step=step, values={"memory_mb": 512.0}))
            run.result.mkdir()
            (run.result / "result.json").write_text(json.dumps({"metrics": {"eval/accuracy": accuracy}}))
            run.append(events.Finished(step=step, seconds=1.0))
            return
        if how == "short" and step == 20:
            run.append(events.Finished(step=step, seconds=1.0))
            return
        time.sleep(0.02)
    sys.exit(7)


if __name__ == "__main__":
    main()
