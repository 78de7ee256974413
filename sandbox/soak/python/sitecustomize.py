"""Python reads this as it starts. It sleeps until a time of the monotonic clock, which libfaketime refuses: waits for an
event that nobody sets instead, in real seconds."""

import threading
import time

time.sleep = lambda seconds: threading.Event().wait(seconds)
