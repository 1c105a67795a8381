"""Sound for oracles: noise that grows louder, so that every window sounds otherwise."""

import io
import struct
import wave


def noise(seconds, seed=7919):
    """The WAV of so many seconds; of another seed it is another sound."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        n = seconds * 16_000
        out.writeframes(struct.pack(f"<{n}h", *((k * seed % 2003 - 1001) * k // n for k in range(n))))
    return file.getvalue()
