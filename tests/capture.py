#!/usr/bin/env python3
# Writes packet captures for the tests, in pcap format (link type raw IP or
# Ethernet, as rtpengine writes them), and compares sounds.
#
# capture.py make OUT.pcap LINK SPEC...   SPEC is key=value words joined by ','
#     file     payload bytes of the stream, one byte per 1/8000 s
#     type     RTP payload type
#     start    seconds after the capture's first packet
#     port     source port; distinguishes the streams
#     loss     every so many packets one is lost     (0: none)
#     jitter   milliseconds of delay, at random, at the most
#     swap     every so many packets two are exchanged
#     twice    every so many packets one is duplicated
#     ppm      by how much the sender's clock is too fast
#     quiet    A-B: no packets for these seconds of the file
#     source   second from which another SSRC with other timestamps sends
#     bytes    of the file in each packet of 20 ms, instead of 160
#     grow     packets of 40 ms from 10 s on, of 60 ms from 20 s on; spoken: each is
#              sent when all of its sound was spoken; begun: when it begins
#     v6       1: IPv6
#     from, to 192.0.2.1:4000, instead of `port` and 192.0.2.2:30000
#     text     a file that is sent whole at `start`, instead of a stream
# capture.py ng IN.pcap OUT.pcapng KIND   IN is of raw IP. Its packets by turns as
#     Ethernet in nanoseconds and raw IP in microseconds, the second half in
#     another section, of the other byte order, with an offset of an hour. KIND:
#     all; strange: and between them those of another link type; damaged: a block
#     of no length at the end; untimed: each hundredth packet, timeless: each, as a
#     simple packet block
# capture.py heard IN.pcap PORTS START SECONDS SIDE.raw  Ethernet or raw IP, G.711:
#     compares the packets to these ports, placed by their arrival minus START (since
#     1970), with s16 mono at 8 kHz. Prints how many of their frames of 20 ms are in
#     SIDE, how many there are, the greatest shift, and how much more sound there is
#     than was sent, in percent
# capture.py lag A.raw B.raw AT FROM SIZE  s16 mono: the shift of A's samples
#     [FROM, FROM+SIZE) from B at AT that fits best, and how well
# capture.py record OUT.pcap HZ COMMAND...   the packets of a sender of RTP, each
#     packet at the time of its timestamp (of HZ a second); in COMMAND a word's
#     @ is the port that is listened to
import array, math, random, select, socket, struct, subprocess, sys


def rtp(kind, seq, stamp, ssrc, payload):
    return struct.pack('>BBHII', 0x80, kind, seq & 0xffff, stamp & 0xffffffff,
                       ssrc) + payload


def udp_ip(port, body, v6, source='192.0.2.1', to='192.0.2.2:30000'):
    source, port = source.split(':') if ':' in source else (source, port)
    to, dport = to.split(':')
    udp = struct.pack('>HHHH', int(port), int(dport), 8 + len(body), 0) + body
    if v6:
        return struct.pack('>IHBB', 0x60000000, len(udp), 17, 64) + \
            bytes(15) + b'\1' + bytes(15) + b'\2' + udp
    return struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                       socket.inet_aton(source), socket.inet_aton(to)) + udp


def stream(spec):
    o = dict(x.split('=', 1) for x in spec.split(','))
    num = lambda k, d=0: float(o.get(k, d))
    rnd = random.Random(num('port'))
    ends = o.get('from', '192.0.2.1'), o.get('to', '192.0.2.2:30000')
    if 'text' in o:
        body = open(o['text'], 'rb').read().replace(b'\n', b'\r\n')
        return [(num('start'), udp_ip(5060, body, False, *ends))]
    data = open(o['file'], 'rb').read()
    quiet = [float(x) for x in o['quiet'].split('-')] if 'quiet' in o else None
    out, ssrc, base = [], int(o.get('ssrc', 0x1000 + int(num('port')))), 0xfffff000
    size, unsent = int(num('bytes', 160)), 0
    if 'grow' in o:
        i = n = 0
        while i < len(data) // size:
            frames = 1 + (i >= 500) + (i >= 1000)
            p = rtp(int(num('type')), n, base + i * 160, ssrc,
                    data[i * size:(i + frames) * size])
            sent = num('start') + (i + (frames - 1) * (o['grow'] == 'spoken')) * 0.02
            out.append((sent + rnd.random() * num('jitter') / 1000,
                        udp_ip(int(num('port')), p, 'v6' in o, *ends)))
            i, n = i + frames, n + 1
        return out
    for i in range(len(data) // size):
        at = i * 0.02
        if 'source' in o and at >= num('source') and ssrc < 0x10000:
            ssrc, base = ssrc + 0x10000, 77777
        if quiet and quiet[0] <= at < quiet[1]:
            unsent += 1
            continue
        if num('loss') and i % int(num('loss')) == int(num('loss')) - 1:
            continue
        sent = num('start') + at / (1 + num('ppm') / 1e6)
        arrive = sent + rnd.random() * num('jitter') / 1000
        if num('swap') and i % int(num('swap')) == 1:
            arrive += 0.05
        p = rtp(int(num('type')), i - unsent, base + i * 160, ssrc,
                data[i * size:i * size + size])
        ip = udp_ip(int(num('port')), p, 'v6' in o, *ends)
        out.append((arrive, ip))
        if num('twice') and i % int(num('twice')) == 0:
            out.append((arrive + 0.001, ip))
    return out


def make(path, link, specs):
    packets = [p for s in specs for p in stream(s)]
    # Packets that are not RTP: a DNS query, and RTCP.
    packets.append((0.0, udp_ip(53, bytes(30), False)))
    packets.append((1.0, udp_ip(5001, struct.pack('>BBH', 0x80, 200, 6) +
                                bytes(24), False)))
    packets.sort(key=lambda p: p[0])
    first = 1763800000.25
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                            1 if link == 'ethernet' else 101))
        for at, ip in packets:
            if link == 'ethernet':
                six = ip[0] >> 4 == 6
                ip = bytes(12) + (b'\x86\xdd' if six else b'\x08\x00') + ip
                ip += bytes(max(0, 60 - len(ip)))
            t = round((first + at) * 1e6)
            f.write(struct.pack('<IIII', t // 1000000, t % 1000000, len(ip),
                                len(ip)) + ip)


def record(path, hz, command):
    while True:
        rtp_, rtcp = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in '12']
        rtp_.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        rtp_.bind(('127.0.0.1', 0))
        port = rtp_.getsockname()[1]
        try:
            rtcp.bind(('127.0.0.1', port + 1))
            break
        except OSError:
            continue
    sender = subprocess.Popen([w.replace('@', str(port)) for w in command],
                              stdin=subprocess.DEVNULL)
    got, first, over = [], None, False
    while True:
        if select.select([rtp_], [], [], 0.2)[0]:
            body = rtp_.recv(65536)
            stamp = struct.unpack_from('>I', body, 4)[0]
            first = stamp if first is None else first
            got.append((((stamp - first) & 0xffffffff) / int(hz), body))
        elif over:
            break
        over = sender.poll() is not None
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for at, body in got:
            ip = udp_ip(4000, body, False)
            t = round((1763800000.25 + at) * 1e6)
            f.write(struct.pack('<IIII', t // 1000000, t % 1000000, len(ip),
                                len(ip)) + ip)
    sys.exit(sender.returncode)


def ng(source, out, kind):
    data, at, records = open(source, 'rb').read(), 24, []
    while at + 16 <= len(data):
        sec, us, n, _ = struct.unpack_from('<IIII', data, at)
        records.append((sec * 1000000 + us, data[at + 16:at + 16 + n]))
        at += 16 + n
    with open(out, 'wb') as f:
        for part, order in enumerate('<>'):
            def block(type_, body):
                body += bytes(-len(body) % 4)
                n = struct.pack(order + 'I', len(body) + 12)
                f.write(struct.pack(order + 'I', type_) + n + body + n)
            block(0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1))
            for link, option in ((1, b'\x09'), (101, None), (147, None)):
                body = struct.pack(order + 'HHI', link, 0, 0)
                if option:
                    body += struct.pack(order + 'HHB3x', 9, 1, 9)
                body += struct.pack(order + 'HHq', 14, 8, part * 3600)
                block(1, body + bytes(4))
            half = len(records) // 2
            for i, (us, ip) in enumerate(records[half * part:half + len(records) * part]):
                if kind == 'strange' and i % 9 == 0:
                    block(6, struct.pack(order + 'IIIII', 2, 0, 0, 3, 3) + b'abc')
                if kind == 'timeless' or (kind == 'untimed' and i % 100 == 0):
                    block(3, struct.pack(order + 'I', len(ip)) + ip)
                    continue
                which, frame, us = i % 2, ip, us - part * 3600000000
                if which == 0:
                    us, frame = us * 1000, bytes(12) + b'\x08\x00' + ip
                block(6, struct.pack(order + 'IIIII', which, us >> 32,
                                     us & 0xffffffff, len(frame), len(frame)) + frame)
        if kind == 'damaged':
            f.write(bytes(12))


def load(name):
    s = array.array('h')
    s.frombytes(open(name, 'rb').read())
    return s


def g711(byte, law):
    byte ^= 0x55 if law else 0xff
    sign, e, m = byte & 128, byte >> 4 & 7, byte & 15
    if law:
        v = (m << 4) + 8 if e == 0 else ((m << 4) + 0x108) << (e - 1)
        return v if sign else -v
    v = ((m << 3) + 0x84 << e) - 0x84
    return -v if sign else v


def packets(path):
    data = open(path, 'rb').read()
    link, at = struct.unpack_from('<I', data, 20)[0], 24
    while at + 16 <= len(data):
        s, us, n, _ = struct.unpack_from('<IIII', data, at)
        ip = data[at + 16 + (14 if link == 1 else 0):at + 16 + n]
        at += 16 + n
        if len(ip) > 40 and ip[0] == 0x45 and ip[9] == 17 and at <= len(data):
            yield s + us / 1e6, struct.unpack_from('>HH', ip, 20), ip[28:]


# By the earliest packet of each source; late packets stay late.
def sent(path, ports, start):
    by_ssrc = {}
    for t, (source, port), rtp in packets(path):
        if port in ports:
            stamp, ssrc = struct.unpack_from('>II', rtp, 4)
            by_ssrc.setdefault((source, ssrc), []).append((stamp, t, rtp[1], rtp[12:]))
    out = {}
    for list_ in by_ssrc.values():
        first = list_[0][0]
        lag = sorted(t - ((stamp - first) & 0xffffffff) / 8000
                     for stamp, t, _, _ in list_)
        zero = lag[min(2, len(lag) - 1)] - start
        for stamp, _, kind, payload in list_:
            at = round((zero + ((stamp - first) & 0xffffffff) / 8000) * 8000)
            for i, b in enumerate(payload):
                out[at + i] = g711(b, kind & 127 == 8)
    return out


def heard(path, ports, start, seconds, side):
    want, got = sent(path, ports, start), load(side)
    good = frames = worst = 0
    size = 160
    for at in range(size, int(seconds * 8000) - 2 * size, size):
        x = [want.get(at + i, 0) for i in range(size)]
        if sum(v != 0 for v in x) < size - 8:
            continue
        frames += 1
        ex = sum(v * v for v in x)

        def fit(d):
            y = got[at + d:at + d + size]
            if len(y) < size:
                return 0
            return sum(p * q for p, q in zip(x, y)) / math.sqrt(
                ex * (sum(q * q for q in y) + 1))
        # Most are exactly in their place.
        near = max((0, 1, -1, 2, -2), key=fit)
        best = near if fit(near) > 0.9 else max(range(-160, 161), key=fit)
        if fit(best) > 0.7:
            good += 1
            worst = max(worst, abs(best))
    more = sum(v * v for v in got) / (sum(
        v * v for t, v in want.items() if 0 <= t < seconds * 8000) + 1)
    print(good, frames, worst, round(more * 100 - 100))


def lag(a, b, at, lo, size):
    a, b = load(a), load(b)
    x = a[lo:lo + size]
    def fit(d):
        y = b[max(0, at + d):at + d + size]
        n = min(len(x), len(y))
        if n < size // 2:
            return 0
        return sum(p * q for p, q in zip(x, y)) / math.sqrt(
            sum(p * p for p in x[:n]) * sum(q * q for q in y[:n]) + 1)
    best = max(range(-400, 401), key=fit)
    print(best, 'good' if fit(best) > 0.8 else 'poor: %.2f' % fit(best))


if sys.argv[1] == 'make':
    make(sys.argv[2], sys.argv[3], sys.argv[4:])
elif sys.argv[1] == 'record':
    record(sys.argv[2], sys.argv[3], sys.argv[4:])
elif sys.argv[1] == 'ng':
    ng(*sys.argv[2:])
elif sys.argv[1] == 'heard':
    heard(sys.argv[2], [int(p) for p in sys.argv[3].split(',')],
          float(sys.argv[4]), float(sys.argv[5]), sys.argv[6])
else:
    lag(sys.argv[2], sys.argv[3], *[int(x) for x in sys.argv[4:]])
