/** Makes a picture of the screen small: at most 256 colours, packed as tightly as zlib can. The format is that of RFC 2083. */
import assert from 'node:assert/strict';
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const COLOURS = 256;

/** @param png as the browser writes it: 8 bits a channel, RGB or RGBA without transparency, not interlaced */
export function withPalette(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const { palette, indexOf } = reduce(counts);
  const lines = Buffer.alloc(height * (width + 1));
  pixels.forEach((pixel, i) => {
    lines[i + Math.floor(i / width) + 1] = indexOf.get(pixel) ?? 0;
  });
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits a pixel, each an index into the palette.
  head.set([8, 3], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Pixels as 0xRRGGBB, line after line. */
function decode(png: Buffer): { width: number; height: number; pixels: Uint32Array } {
  assert.ok(png.subarray(0, 8).equals(SIGNATURE), 'this is no PNG');
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const [depth, kind, , , interlace] = png.subarray(24);
  assert.ok(depth === 8 && (kind === 2 || kind === 6) && interlace === 0, 'a PNG of another kind');
  const data: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const step = kind === 6 ? 4 : 3;
  const bytes = unfilter(inflateSync(Buffer.concat(data)), width * step, step);
  const pixels = Uint32Array.from({ length: width * height }, (_, i) => bytes.readUIntBE(i * step, 3));
  return { width, height, pixels };
}

/** Takes back what each line's filter did to it: a byte is told as the difference to what its neighbours foretell. */
function unfilter(filtered: Buffer, stride: number, step: number): Buffer {
  const height = filtered.length / (stride + 1);
  const bytes = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= step ? bytes[at - step]! : 0;
      const up = y > 0 ? bytes[at - stride]! : 0;
      const corner = x >= step && y > 0 ? bytes[at - stride - step]! : 0;
      const told = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      bytes[at] = filtered[y * (stride + 1) + 1 + x]! + told;
    }
  }
  return bytes;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/**
 * Median cut: the box of colours that differ most, weighted by how many pixels have them, is cut in two until there are enough. A box is
 * shown as its commonest colour, so that what is flat stays as it is.
 */
function reduce(counts: ReadonlyMap<number, number>): { palette: number[]; indexOf: Map<number, number> } {
  const boxes = [boxOf([...counts.keys()], counts)];
  while (boxes.length < COLOURS) {
    boxes.sort((a, b) => b.weight - a.weight);
    const [widest] = boxes;
    if (widest === undefined || widest.weight === 0) break;
    const { colours, shift } = widest;
    colours.sort((a, b) => ((a >> shift) & 255) - ((b >> shift) & 255));
    const half = colours.length >> 1;
    boxes.splice(0, 1, boxOf(colours.slice(0, half), counts), boxOf(colours.slice(half), counts));
  }
  const indexOf = new Map(boxes.flatMap(({ colours }, i) => colours.map((colour) => [colour, i] as const)));
  const count = (colour: number): number => counts.get(colour) ?? 0;
  const palette = boxes.map(({ colours }) => colours.reduce((a, b) => (count(b) > count(a) ? b : a)));
  return { palette, indexOf };
}

interface Box {
  colours: number[];
  /** Of the channel in which they differ most: 16, 8 or 0. */
  shift: number;
  weight: number;
}

function boxOf(colours: number[], counts: ReadonlyMap<number, number>): Box {
  let pixels = 0;
  for (const colour of colours) pixels += counts.get(colour) ?? 0;
  const channels = [16, 8, 0].map((shift) => {
    let least = 255;
    let most = 0;
    for (const colour of colours) {
      least = Math.min(least, (colour >> shift) & 255);
      most = Math.max(most, (colour >> shift) & 255);
    }
    return { shift, spread: most - least };
  });
  const { shift, spread } = channels.reduce((a, b) => (b.spread > a.spread ? b : a));
  return { colours, shift, weight: spread * spread * Math.sqrt(pixels) };
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
