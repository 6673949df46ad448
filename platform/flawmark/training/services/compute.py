"""How many of the machine's cores torch may use in this process."""

import os


def torch_threads_set(threads: int) -> None:
    """Limit torch to `threads` cores. Call it before anything else imports torch.

    Idle OpenMP threads must not spin: a training and the scorer share the cores, and each would wait for the
    other's spinning.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    torch.set_num_threads(threads)
