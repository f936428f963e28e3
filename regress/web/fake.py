# SPDX-License-Identifier: ISC
# usage: fake.py SOCKET FILE
# A daemon's control socket with answers of our own: FILE is Python, a dict of
# question to a list of rows, or to the whole answer as text. What was asked
# goes to SOCKET.asked.
import json
import os
import socket
import sys

path, answers = sys.argv[1], eval(open(sys.argv[2]).read())
if os.path.exists(path):
    os.unlink(path)
s = socket.socket(socket.AF_UNIX)
s.bind(path)
s.listen(16)
while True:
    c, _ = s.accept()
    question = c.makefile().readline().strip()
    with open(path + ".asked", "a") as f:
        print(question, file=f)
    answer = answers.get(question, "error unknown command\n")
    if isinstance(answer, list):
        answer = "".join(json.dumps(r) + "\n" for r in answer) + "ok\n"
    try:
        c.sendall(answer.encode())
    except OSError:
        pass
    c.close()
