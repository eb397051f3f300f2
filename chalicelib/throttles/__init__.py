"""How often someone may try: counters in windows of time."""
