"""``python -m service.verification.device cuda:0 0.9``: a process that does one job after another on a device.

CUDA cannot be forked once it is in use, and takes seconds to get ready, so that this process stays. It reads an order
and a document from its standard input, a socket, and answers there, each piece with its length before it.
"""

import json
import os
import signal
import sys

from service.layers.catalogue import CATALOGUE
from service.verification.confinement import Footprint, confine_beside_driver, end_with_parent
from service.verification.nursery import outcome, standing_input
from service.verification.protocol import answered, packed, received


def main() -> None:
    """Gets the device ready, says what is missing if anything is, and serves until the service is gone."""
    end_with_parent(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stream = standing_input()

    # It takes seconds, and is the first thing that may fail.
    from service.verification import accelerator, job  # noqa: PLC0415

    device, fraction = sys.argv[1], float(sys.argv[2])
    missing = accelerator.missing(device)
    if missing is None:
        accelerator.prepare(device, fraction)
        CATALOGUE.load()
        confine_beside_driver()
    stream.sendall(packed({"missing": missing}))
    footprint = Footprint()
    while missing is None:
        order = json.loads(received(stream))
        answer = outcome(received(stream), footprint, order["seconds"], job.verified)
        # Once a kernel has failed, nothing works any more in a process.
        usable = accelerator.emptied(device)
        stream.sendall(answered(answer, usable=usable))
        if not usable:
            return


if __name__ == "__main__":
    main()
