"""The store in memory: the reference that every other store is compared with."""

from crmkit.storage.memory.sinks import MemoryFulfilment, MemoryLedger
from crmkit.storage.memory.store import MemoryStore, MemoryUnit

__all__ = ["MemoryFulfilment", "MemoryLedger", "MemoryStore", "MemoryUnit"]
