#!/usr/bin/env python3
"""odd-capture.py NAME...: writes NAME.pcap, a call of 12 s of a customer (to port
30000) and an agent (to 30002) as networks and capturing programs damage it.
odd-capture.py heard FILE.wav: prints for each channel and each half of a
second: the second of the call whose tone is heard, '.' silence, '?' another sound.
The customer's tone in second k has 403 + 20 k Hz, the agent's 1217 + 20 k."""
import array
import math
import random
import socket
import struct
import sys
import wave

SECONDS, START = 12, 1763800000.25
random.seed(5)


def mulaw(v):
    sign, v, e = 0x80 if v < 0 else 0, min(32635, abs(v)) + 132, 7
    while e > 0 and not v & (0x80 << e):
        e -= 1
    return ~(sign | e << 4 | v >> (e + 3) & 15) & 0xff


def tone(base):
    phase, out = 0.0, bytearray()
    for i in range(SECONDS * 8000):
        phase += 2 * math.pi * (base + 20 * (i // 8000)) / 8000
        if i % 400 == 0:
            loud = random.uniform(4500, 9000)
        out.append(mulaw(int(loud * math.sin(phase))))
    return bytes(out)


SOUND = {30000: tone(403), 30002: tone(1217)}


def udp(body, port, to):
    return struct.pack('>HHHH', port, to, 8 + len(body), 0) + body


def ip(body, a, b, part=0):
    return struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 77, part, 64, 17,
                       0, socket.inet_aton(a), socket.inet_aton(b)) + body


def rtp(kind, seq, stamp, ssrc, body):
    return struct.pack('>BBHII', 128, kind, seq & 0xffff, stamp & 0xffffffff,
                       ssrc) + body


# One side's packets first to last, [time, ip]; change(i, payload): the type and
# payload of packet i, or None.
def side(to, ssrc, change=None, a=None, b='10.0.0.9', first=0, last=SECONDS * 50,
         seq=100, stamp=1000, port=None):
    a = a or ('10.0.0.1' if to == 30000 else '10.0.0.3')
    out = []
    for i in range(first, last):
        body = SOUND[30000 if to in (30000, 4000) else 30002][i * 160:i * 160 + 160]
        kind, body = (change(i, body) if change else None) or (0, body)
        packet = rtp(kind, seq + i, stamp + i * 160, ssrc, body)
        out.append([START + i * .02 + random.random() * .002,
                    ip(udp(packet, port or to - 20000, to), a, b)])
    return out


def both(**k):
    return sorted(side(30000, 0x11111111, **k) + side(30002, 0x22222222, **k))


def write(name, packets, link=101, snap=65535, order='<', magic=0xa1b2c3d4,
          before=b'', cut=0):
    out = bytearray(struct.pack(order + 'IHHiIII', magic, 2, 4, 0, 0, snap, link))
    for t, b in packets:
        b, us = before + b, round(t * 1e6)
        part = us % 1000000 * (1000 if magic == 0xa1b23c4d else 1)
        out += struct.pack(order + 'IIII', us // 1000000, part, min(len(b), snap),
                           len(b)) + b[:snap]
    with open(name + '.pcap', 'wb') as f:
        f.write(out[:len(out) - cut])


def moved(packets, at, seconds):
    return [[t + (seconds if t >= START + at else 0), b] for t, b in packets]


def secret(tag, first=0):
    return lambda i, body: (0, random.randbytes(160 + tag)) if i >= first else None


def alone(seconds):
    packets = both()
    packets[500][0] += seconds
    return packets


def sdp(a, port, pad=''):
    return ('v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n%sm=audio '
            '%d RTP/AVP 0\r\n' % (a, a, pad, port))


def sip(line, body):
    return udp((line + '\r\nFrom: <sip:alice@x>;tag=a\r\nTo: <sip:bob@y>\r\nCall-ID:'
                ' odd\r\nCSeq: 1 INVITE\r\n\r\n' + body).encode(), 5060, 5060)


# The INVITE comes in two fragments, the last one first, and the agent begins.
def fragments():
    u = sip('INVITE sip:bob@y SIP/2.0',
            sdp('10.0.0.1', 4000, 'a=x:' + 'y' * 2000 + '\r\n'))
    parts = [ip(u[1480:], '10.0.0.1', '10.0.0.9', 185),
             ip(u[:1480], '10.0.0.1', '10.0.0.9', 0x2000)]
    packets = [[START - 1 + k * .001, b] for k, b in enumerate(parts)]
    packets.append([START - .5, ip(sip('SIP/2.0 200 OK', sdp('10.0.0.9', 30000)),
                                   '10.0.0.9', '10.0.0.1')])
    agent = side(30002, 0x22222222, a='10.0.0.9', b='10.0.0.1', port=30000)
    agent = [[t - .1, b[:22] + struct.pack('>H', 10000) + b[24:]] for t, b in agent]
    return sorted(packets + agent + side(30000, 0x11111111))


# The customer's packets go to another socket for a while; some of them are lost.
def away(first, last, lost=None):
    other = [p for p in side(30000, 7, first=first, last=last)
             if not lost or not START + lost[0] < p[0] < START + lost[1]]
    return (side(30000, 7, last=first) + side(30000, 7, first=last) +
            [[t, b[:22] + struct.pack('>H', 30004) + b[24:]] for t, b in other])


# A packet of comfort noise, and four that get lost, before the customer's sound.
def first():
    return [p for p in side(30000, 7, lambda i, _: None if i else (13, b'\x40'))
            if not START + .01 < p[0] < START + .095]


# The customer's telephone sends 120 ms at once, when all of it was spoken.
def slow():
    out = side(30002, 8)
    for i in range(0, SECONDS * 50, 6):
        packet = rtp(0, i // 6, i * 160, 7, SOUND[30000][i * 160:(i + 6) * 160])
        out.append([START + (i + 5) * .02,
                    ip(udp(packet, 10000, 30000), '10.0.0.1', '10.0.0.9')])
    return sorted(out)


# A network that holds back each thirtieth packet, while the others go on.
def overtaken(seconds):
    return sorted([t + (seconds if k % 30 == 20 else 0), b]
                  for k, (t, b) in enumerate(both()))


# The customer's first ten packets wait until the network has found the way.
def waiting():
    packets = side(30000, 7)
    for p in packets[:10]:
        p[0] = START + 1.2
    return sorted(packets + side(30002, 8))


# Two recorders whose clocks differ saw the same packets.
def again(seconds):
    return sorted(both() + [[t + seconds, b] for t, b in both()])


# The records of a file out of order: each is written some seconds after its packet.
def written(packets, delay):
    return [p for _, _, p in sorted((p[0] + delay(p[1]), k, p)
                                    for k, p in enumerate(packets))]


def to_agent(ip_packet):
    return ip_packet[22:24] == struct.pack('>H', 30002)


# One interface after the other, a second of each.
def buffers():
    a, b = side(30000, 7), side(30002, 8)
    return [p for k in range(0, SECONDS * 50, 50) for p in a[k:k + 50] + b[k:k + 50]]


# As regular as no network is: the agent's packets are each between two others.
def regular(late):
    a, b = side(30000, 7), side(30002, 8)
    for k, (p, q) in enumerate(zip(a, b)):
        p[0], q[0] = START + k * .02, START + 2 + k * .02 + .001
    return written(a + b, lambda x: late * to_agent(x))


# The clock is set back when everybody's source changes.
def others():
    return sorted(side(30000, 7, last=300) + side(30002, 8, last=300) +
                  side(30000, 9, first=300, seq=7, stamp=99999) +
                  side(30002, 10, first=300, seq=9, stamp=5))


# A telephone that begins to count again, at numbers that it used before.
def lower():
    return sorted(side(30000, 7, last=300) + side(30002, 8) +
                  side(30000, 7, first=300, last=450, seq=70, stamp=1 << 31) +
                  side(30000, 7, first=450, seq=-100, stamp=77777))


# Telephones that begin at 0 whenever they begin: the same numbers and timestamps,
# and those of the time before the capture.
def same():
    return sorted(side(30000, 7, last=200, seq=0, stamp=0) + side(30002, 8, seq=60,
                  last=250, stamp=60 * 160) + side(30000, 7, first=200, seq=-200,
                  stamp=-200 * 160) + side(30002, 8, first=250, seq=-250,
                  stamp=-250 * 160))


# The same after a second.
def soon():
    return sorted(side(30000, 7, last=50, seq=0, stamp=0) + side(30002, 8) +
                  side(30000, 7, first=50, seq=-50, stamp=-50 * 160))


def events(i, body):
    if 250 <= i < 260:
        return 101, struct.pack('>BBH', 1, 10, 160 * (i - 249))
    return None


def noise(i, body):
    return (13, b'\x40') if 250 <= i < 300 else None


vlan = b'\x00' * 12 + b'\x81\x00\x00\x05\x08\x00'
CASES = {
    'plain': lambda n: write(n, both()),
    'slow': lambda n: write(n, slow()),
    'big': lambda n: write(n, both(), order='>'),
    'nano': lambda n: write(n, both(), magic=0xa1b23c4d),
    'vlan': lambda n: write(n, both(), link=1, before=vlan),
    'qinq': lambda n: write(n, both(), link=1, before=bytes(12) +
                            b'\x91\x00\x00\x06' + vlan[12:]),
    'pppoe': lambda n: write(n, both(), link=1, before=bytes(12) +
                             b'\x88\x64\x11\x00\x00\x01\x00\xca\x00\x21'),
    'cooked': lambda n: write(n, both(), link=113, before=bytes(14) + vlan[12:]),
    'cooked2': lambda n: write(n, both(), link=276, before=b'\x08\x00' + bytes(18)),
    'twice': lambda n: write(n, [p for p in both() for _ in '12']),
    'overtaken': lambda n: write(n, overtaken(1.9)),
    'waiting': lambda n: write(n, waiting()),
    'again': lambda n: write(n, again(2)),
    'later': lambda n: write(n, again(5)),
    'lower': lambda n: write(n, lower()),
    'same': lambda n: write(n, same()),
    'soon': lambda n: write(n, soon()),
    'joined': lambda n: write(n, written(both(), lambda b: 4.5 * to_agent(b))),
    'queues': lambda n: write(n, written(both(), lambda _: 4 * random.random())),
    'copies': lambda n: write(n, written(again(.001), lambda _: 3 * random.randrange(2))),
    'buffers': lambda n: write(n, buffers()),
    'regular': lambda n: write(n, regular(1)),
    'apart': lambda n: write(n, written(both(), lambda b: 7 * to_agent(b))),
    'others': lambda n: write(n, moved(others(), 6, -3)),
    'short-back': lambda n: write(n, moved(both(), 6, -2)),
    'wrap': lambda n: write(n, both(seq=65500, stamp=0xffffff00)),
    'first': lambda n: write(n, sorted(first() + side(30002, 8))),
    'torn': lambda n: write(n, both(), cut=50000),
    'short': lambda n: write(n, both(), snap=100),
    'half': lambda n: write(n, sorted(side(30000, 1 << 20, lambda i, b: (18, b[:20]))
                                      + side(30002, 1 << 21)), snap=100),
    'one': lambda n: write(n, [p for p in both() if random.random() > .01]),
    'many': lambda n: write(n, [p for p in both() if random.random() > .1]),
    'hole': lambda n: write(n, [p for p in both()
                                if not START + 5 < p[0] < START + 7]),
    'back': lambda n: write(n, moved(both(), 6, -5)),
    'early': lambda n: write(n, alone(-10)),
    'late': lambda n: write(n, alone(10)),
    'zero': lambda n: write(n, sorted(side(30000, 0) + side(30002, 0))),
    'events': lambda n: write(n, both(change=events)),
    'noise': lambda n: write(n, both(change=noise)),
    'g723': lambda n: write(n, both(change=lambda i, b: (4, b) if 250 <= i < 270
                                    else None)),
    'secret': lambda n: write(n, both(change=secret(10))),
    'middle': lambda n: write(n, both(change=secret(10, 400))),
    'bare': lambda n: write(n, both(change=secret(0, 400))),
    'few': lambda n: write(n, sorted(side(30000, 7, last=550) + side(30002, 8) +
                                     side(30000, 9, secret(4), first=550, last=556))),
    'away': lambda n: write(n, sorted(away(272, 283) + side(30002, 8))),
    'long': lambda n: write(n, sorted(away(250, 350) + side(30002, 8))),
    'moved': lambda n: write(n, sorted(away(200, 400, (5, 7)) + side(30002, 8))),
    'minute': lambda n: write(n, both(last=300) + moved(
        both(first=300, seq=3600, stamp=1000 + 3500 * 160), 6, 70)),
    'fragments': lambda n: write(n, fragments()),
    'gap': lambda n: write(n, [p for p in both() if not
                               START + 5 < p[0] < START + 5.45]),
    'three': lambda n: write(n, sorted(both() + side(
        30006, 9, lambda i, sound: (0, sound[::-1]), '10.0.0.5'))),
}


def heard(path):
    w = wave.open(path)
    samples, rate = array.array('h', w.readframes(w.getnframes())), w.getframerate()
    for c in range(w.getnchannels()):
        x, row = samples[c::w.getnchannels()], []
        for at in range(0, len(x) - rate // 2 + 1, rate // 2):
            y = x[at + rate // 8:at + rate * 3 // 8]
            hz = 2 * sum((p < 0) != (q < 0) for p, q in zip(y, y[1:]))
            k = (hz - (403 if c == 0 else 1217)) / 20
            row.append('.' if max(map(abs, y)) < 300 else
                       str(round(k)) if abs(k - round(k)) < .45 and
                       0 <= round(k) < SECONDS else '?')
        print(' '.join(row))


if sys.argv[1] == 'heard':
    heard(sys.argv[2])
else:
    for case in sys.argv[1:]:
        CASES[case](case)
