"""Small PNG and JPEG files and the pixels they hold. PNG files are written here, chunk by chunk, from known pixels; JPEG
files are written and read again by PIL (Debian: python3-pil), which uses libjpeg-turbo."""
import io
import struct
import zlib

import numpy as np
from PIL import Image

from . import common

ABOUT = ("Picture files. A case: name, file (the bytes in hexadecimal), tolerance (in the unit of the pixels), maximum "
         "(255 or 65535) and pixels, a tensor (H,W,C) of 0..maximum: what PNG files were made from, and what PIL reads "
         "from JPEG files, turned upright as their EXIF data says.")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_rows(samples, depth):
    """samples (H,W,channels) -> filtered rows; filter number = row number mod 5, to have all of them."""
    h, w, c = samples.shape
    flat = samples.reshape(h, w * c)
    if depth == 16:
        rows = flat.astype(">u2").view(np.uint8).reshape(h, -1)
    elif depth == 8:
        rows = flat.astype(np.uint8)
    else:
        bits = (flat[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
        rows = np.packbits(bits.reshape(h, -1).astype(np.uint8), axis=1)
    step = max(1, c * depth // 8)
    rows = rows.astype(int)
    out, before = b"", np.zeros(rows.shape[1], int)
    for y, row in enumerate(rows):
        left = np.concatenate([np.zeros(step, int), row[:-step]])[:len(row)]
        corner = np.concatenate([np.zeros(step, int), before[:-step]])[:len(row)]
        p = left + before - corner
        pa, pb, pc = abs(p - left), abs(p - before), abs(p - corner)
        paeth = np.where((pa <= pb) & (pa <= pc), left, np.where(pb <= pc, before, corner))
        predicted = [0 * row, left, before, (left + before) // 2, paeth][y % 5]
        out += bytes([y % 5]) + ((row - predicted) % 256).astype(np.uint8).tobytes()
        before = row
    return out


def png(samples, colour, depth, extra=b"", interlaced=False):
    h, w, _ = samples.shape
    if interlaced:  # Adam7
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        parts = [samples[y::dy, x::dx] for y, x, dy, dx in passes]
        raw = b"".join(pack_rows(p, depth) for p in parts if p.size)
    else:
        raw = pack_rows(samples, depth)
    packed = zlib.compress(raw, 9)
    middle = len(packed) // 2
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, int(interlaced)))
            + extra + chunk(b"IDAT", packed[:middle]) + chunk(b"IDAT", packed[middle:]) + chunk(b"IEND", b""))


def exif(orientation, order=">"):
    """A TIFF directory with two entries."""
    mark = b"MM\0*" if order == ">" else b"II*\0"
    entries = struct.pack(order + "HHI4s", 0x010F, 2, 4, b"abc\0") + struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(order + "IH", 8, 2) + entries + struct.pack(order + "I", 0)


def generate():
    random = np.random.RandomState(7)
    cases = []

    def add(name, file, pixels, maximum=255, tolerance=0):
        pixels = np.asarray(pixels)
        cases.append({"name": name, "file": file.hex(), "maximum": maximum, "tolerance": tolerance,
                      "pixels": common.tensor(pixels.reshape(pixels.shape[0], pixels.shape[1], -1))})

    def draw(c, depth=8):
        return random.randint(0, 1 << depth, (6, 5, c))

    for colour, c, name in ((0, 1, "grey"), (4, 2, "grey_alpha"), (2, 3, "rgb"), (6, 4, "rgba")):
        for depth in (8, 16):
            s = draw(c, depth)
            add("%s%d.png" % (name, depth), png(s, colour, depth), s, (1 << depth) - 1)
    for depth in (1, 2, 4):
        s = draw(1, depth)
        add("grey%d.png" % depth, png(s, 0, depth), s * (255 // ((1 << depth) - 1)))
    s = draw(3)
    add("rgb8_interlaced.png", png(s, 2, 8, interlaced=True), s)
    palette = random.randint(0, 256, (4, 3))
    s = draw(1, 2)
    plte = chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    add("palette2.png", png(s, 3, 2, plte), palette[s[:, :, 0]])
    alpha = np.array([0, 100, 255, 255])
    add("palette2_alpha.png", png(s, 3, 2, plte + chunk(b"tRNS", bytes([0, 100]))),
        np.concatenate([palette[s[:, :, 0]], alpha[s[:, :, 0]][:, :, None]], 2))
    s = draw(1)
    s[2, 3] = 77
    add("grey8_key.png", png(s, 0, 8, chunk(b"tRNS", struct.pack(">H", 77))),
        np.concatenate([s, np.where(s == 77, 0, 255)], 2))
    s = draw(3)
    add("rgb8_exif6.png", png(s, 2, 8, chunk(b"eXIf", exif(6, "<"))), np.rot90(s, -1))

    # JPEG: a smooth picture, so that decoders that interpolate colour differently still agree.
    y, x = np.mgrid[0:18, 0:13] / 18.0
    smooth = np.stack([x * 250, y * 240, 120 + 100 * np.sin(3 * x + 2 * y)], 2).round().astype(np.uint8)

    def jpeg(name, image, tolerance, **options):
        file = io.BytesIO()
        image.save(file, "JPEG", **options)
        from PIL import ImageOps
        seen = ImageOps.exif_transpose(Image.open(io.BytesIO(file.getvalue())))
        seen = seen if seen.mode == "L" else seen.convert("RGB")
        add(name, file.getvalue(), np.asarray(seen), 255, tolerance)

    rgb = Image.fromarray(smooth)
    jpeg("grey.jpg", rgb.convert("L"), 1, quality=90)
    jpeg("rgb444.jpg", rgb, 2, quality=90, subsampling=0)
    jpeg("rgb420.jpg", rgb, 4, quality=90, subsampling=2)
    jpeg("progressive.jpg", rgb, 4, quality=90, progressive=True)
    for orientation in range(1, 9):
        block = b"Exif\0\0" + exif(orientation, ">" if orientation % 2 else "<")
        jpeg("exif%d.jpg" % orientation, rgb, 2, quality=80, subsampling=0, exif=block, optimize=True)
    return ABOUT, cases
