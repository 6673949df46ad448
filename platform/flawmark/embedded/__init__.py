"""One command, one machine: the embedded services and the supervisor that runs the whole of Flawmark.

Nothing here is used in production, where the servers are named by `DATABASE_URL` and `REDIS_URL`.
"""
