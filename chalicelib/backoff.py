"""The wait before another try: full jitter, so that those who met do not meet again.

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import math
import random
import time


def pause(attempt: int, first_seconds: float, longest_seconds: float = math.inf) -> None:
    """Wait after a try, counted from 0: up to twice as long after each."""
    time.sleep(random.uniform(0, min(longest_seconds, first_seconds * 2**attempt)))
