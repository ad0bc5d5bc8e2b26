"""A stand-in for ``workbench session``: speaks the protocol, writes predictable answers, fails when told to.

Prompts that begin with one of these words do something special: ``die`` ends the process in mid-answer,
``refuse`` fails the request, ``slow`` waits for a cancel, ``noise`` prints what no one should print there.
"""

import os
import sys
import threading
from queue import Queue

import msgspec

from workbench.core.session import Answered, Cancel, Done, Generate, Ready, Refused, Reply, Token, Wish

wishes: Queue[Generate | None] = Queue()
cancelled = threading.Event()


def say(reply: Reply) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(reply) + b"\n")
    sys.stdout.buffer.flush()


def listen() -> None:
    decoder = msgspec.json.Decoder(Wish)
    for line in sys.stdin.buffer:
        wish = decoder.decode(line)
        if isinstance(wish, Cancel):
            cancelled.set()
        else:
            wishes.put(wish)
    wishes.put(None)


def answer(wish: Generate) -> None:
    if wish.prompt.startswith("refuse"):
        say(Refused(id=wish.id, sentence="This prompt is too long.", detail="4096 tokens"))
        return
    if wish.prompt.startswith("noise"):
        print("a library says hello", flush=True)
    for number in range(wish.k):
        words = ["answer", f"{number}", "to", wish.prompt]
        for word in words:
            say(Token(id=wish.id, answer=number, text=word + " "))
            if wish.prompt.startswith("die"):
                print("Traceback: it hurts", file=sys.stderr, flush=True)
                os._exit(9)
        if wish.prompt.startswith("slow") and cancelled.wait(30):
            cancelled.clear()
            say(Done(id=wish.id, cancelled=True))
            return
        say(Answered(id=wish.id, answer=number, text=" ".join(words), ended=number != 0))
    say(Done(id=wish.id))


if "--refuse" in sys.argv:
    say(Refused(sentence="The model is damaged.", detail="shorter than its header says"))
    sys.exit(1)
if "--flood" in sys.argv:
    sys.stderr.write("x" * 79 + "\n" * 1)
    for line_number in range(20_000):
        sys.stderr.write(f"line {line_number} {'x' * 60}\n")
threading.Thread(target=listen, daemon=True).start()
say(Ready(model="fake"))
while (wanted := wishes.get()) is not None:
    answer(wanted)
