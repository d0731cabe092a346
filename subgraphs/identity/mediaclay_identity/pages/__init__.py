"""The few pages that people see, made here without a framework.

They are usable by keyboard and screen reader, and without a script except for passkeys. What strangers wrote is escaped
wherever it stands.
"""
