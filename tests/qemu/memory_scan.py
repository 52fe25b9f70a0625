# SPDX-License-Identifier: Apache-2.0
"""Looks for traces of ELF sections in a dump of physical memory.

A trace is a run of 32 bytes of a wanted section, at any address. Runs with few different bytes say nothing (zeros, filling,
small numbers), nor do runs that other sections, which may stay in memory, contain as well.
"""
import collections
import mmap
import struct

RUN = 32
TELLING_BYTES = 12                        # different values: with fewer, a run may come from anywhere
PAGE = 4096
ELF64_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
ELF64_SECTION = struct.Struct("<IIQQQQIIQQ")
SECTION_PROGBITS, SECTION_ALLOCATED = 1, 2

Trace = collections.namedtuple("Trace", "address section offset run")


def elf_sections(path):
    """{name: bytes} of all sections that have content and are loaded."""
    with open(path, "rb") as file:
        elf = file.read()
    header = ELF64_HEADER.unpack_from(elf)
    if header[0][:5] != b"\x7fELF\x02":
        raise ValueError(f"{path} is no ELF64 file")
    offset, entry_size, count, names_index = header[6], header[11], header[12], header[13]
    entries = [ELF64_SECTION.unpack_from(elf, offset + number * entry_size) for number in range(count)]
    names = elf[entries[names_index][4]:][:entries[names_index][5]]
    sections = {}
    for name_offset, kind, flags, _, start, size, *_ in entries:
        if kind == SECTION_PROGBITS and flags & SECTION_ALLOCATED:
            name = names[name_offset:names.index(b"\0", name_offset)].decode()
            sections[name] = elf[start:start + size]
    return sections


def is_telling(run):
    return len(set(run)) >= TELLING_BYTES


def aligned_words(sections):
    """{8 bytes: [(section, offset)]} of every place in the sections. A telling run at any address holds an aligned word that
    is not one byte repeated: 24 of its 32 bytes are aligned words, and the 8 others cannot tell alone."""
    places = collections.defaultdict(list)
    for name, content in sections.items():
        for offset in range(len(content) - 7):
            word = content[offset:offset + 8]
            if word.count(word[0]) != 8:
                places[struct.unpack("<Q", word)[0]].append((name, offset))
    return places


def matching_runs(memory, address, content, offset):
    """Runs of `content` around `offset` that stand at the same distance around `address`: (address, offset)."""
    for back in range(RUN - 7):
        start, at = offset - back, address - back
        run = content[max(start, 0):start + RUN]
        if start >= 0 and at >= 0 and len(run) == RUN and is_telling(run) and memory[at:at + RUN] == run:
            yield at, start


def find_traces(dump_path, wanted, resident):
    """All traces of the `wanted` sections ({name: bytes}) that the `resident` ones do not explain, one for each address."""
    places, explained, traces = aligned_words(wanted), b"\0".join(resident.values()), {}
    words = places.keys()
    blank = bytes(PAGE)
    with open(dump_path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        for page in range(0, len(memory), PAGE):
            content = memory[page:page + PAGE]
            if content == blank:
                continue
            page_words = memoryview(content).cast("Q")
            if words.isdisjoint(page_words):
                continue
            for index, word in enumerate(page_words):
                for name, offset in places.get(word, ()):
                    for at, start in matching_runs(memory, page + 8 * index, wanted[name], offset):
                        run = wanted[name][start:start + RUN]
                        if run not in explained:
                            traces[at] = Trace(at, name, start, run)
    return sorted(traces.values())
