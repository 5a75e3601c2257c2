"""Screenshots as arrays and back, small enough to keep: 8-bit PNG, nothing but numpy and zlib."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
LEVELS = 32
"""Shades of grey in a kept picture; fewer make smaller files and hide what fonts differ in anyway."""


def grey_of(png: bytes) -> Grey:
    """An RGB or RGBA picture as grey (height, width)."""
    pixels = _decode(png)[:, :, :3].astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    step = 255 / (LEVELS - 1)
    grey: Grey = (np.round(pixels / step) * step).astype(np.uint8)
    return grey


def encode(picture: Grey) -> bytes:
    """The grey picture as a PNG file."""
    height, width = picture.shape
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def decode_grey(png: bytes) -> Grey:
    """A picture that `encode` wrote, (height, width)."""
    picture: Grey = _decode(png)[:, :, 0]
    return picture


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _decode(png: bytes) -> NDArray[np.uint8]:
    at, data, header = 8, b"", b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        header = body if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    assert (depth, interlaced) == (8, 0)
    channels = {0: 1, 2: 3, 6: 4}[colour]
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + width * channels)
    return _unfiltered(rows, channels).reshape(height, width, channels)


def _unfiltered(rows: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """PNG specification, section 9: each row was written as differences from its neighbours."""
    done = np.zeros((rows.shape[0], rows.shape[1] - 1), np.uint8)
    above = np.zeros(rows.shape[1] - 1, np.uint8)
    for y, row in enumerate(rows):
        kind, line = row[0], row[1:]
        if kind == 1:
            line = np.cumsum(line.reshape(-1, step), axis=0, dtype=np.uint8).ravel()
        elif kind == 2:
            line = line + above
        elif kind in (3, 4):
            line = _by_neighbours(line, above, step, int(kind))
        done[y] = above = line
    return done


def _by_neighbours(line: NDArray[np.uint8], above: NDArray[np.uint8], step: int, kind: int) -> NDArray[np.uint8]:
    out, up = bytearray(line.tobytes()), above.tobytes()
    for i in range(len(out)):
        left, b = (out[i - step] if i >= step else 0), up[i]
        if kind == 3:
            guess = (left + b) // 2
        else:
            c = up[i - step] if i >= step else 0
            p = left + b - c
            near = (abs(p - left), abs(p - b), abs(p - c))
            guess = (left, b, c)[near.index(min(near))]
        out[i] = (out[i] + guess) & 255
    return np.frombuffer(bytes(out), np.uint8)
