"""From a request and tools to calls that follow their schemas, or to none."""
