# ppk.py FILE OUT -- reads a PuTTY private key file as its manual describes it ("PPK file format"):
# the numbers must fit, and the MAC. Writes the private key to OUT, in DER, and prints the comment.
import base64, hashlib, hmac, struct, sys

lines = open(sys.argv[1]).read().splitlines()
kind = lines[0].removeprefix("PuTTY-User-Key-File-2: ")
assert kind != lines[0] and lines[1] == "Encryption: none" and lines[2].startswith("Comment: ")
comment = lines[2][len("Comment: "):]


def section(at, name):
    head, n = lines[at].split(": ")
    assert head == name and all(len(line) <= 64 for line in lines[at + 1:at + 1 + int(n)])
    return base64.b64decode("".join(lines[at + 1:at + 1 + int(n)]), validate=True), at + 1 + int(n)


def texts(blob):
    out = []
    while blob:
        n, = struct.unpack(">I", blob[:4])
        assert len(blob) >= 4 + n
        out.append(blob[4:4 + n])
        blob = blob[4 + n:]
    return out


def number(text):
    assert text and text[0] < 0x80 and not (text[0] == 0 and text[1] < 0x80)
    return int.from_bytes(text, "big")


def der(tag, body):
    n = len(body)
    length = bytes([n]) if n < 128 else b"\x82" + struct.pack(">H", n)
    return bytes([tag]) + length + body


def integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


public, at = section(3, "Public-Lines")
private, at = section(at, "Private-Lines")
mac_data = b"".join(struct.pack(">I", len(part)) + part for part in
                    (kind.encode(), b"none", comment.encode(), public, private))
mac_key = hashlib.sha1(b"putty-private-key-file-mac-key").digest()
assert lines[at:] == ["Private-MAC: " + hmac.new(mac_key, mac_data, "sha1").hexdigest()]
head, *numbers = texts(public)
assert head == kind.encode()
if kind == "ssh-rsa":
    e, n = map(number, numbers)
    d, p, q, iqmp = map(number, texts(private))
    assert p * q == n and n.bit_length() == 2048 and iqmp * q % p == 1
    assert d * e % (p - 1) == 1 and d * e % (q - 1) == 1
    key = der(0x30, b"".join(map(integer, (0, n, e, d, p, q, d % (p - 1), d % (q - 1), iqmp))))
else:
    assert kind == "ssh-ed25519"
    secret, = texts(private)
    key = bytes.fromhex("302e020100300506032b657004220420") + secret.ljust(32, b"\0")
open(sys.argv[2], "wb").write(key)
print(comment)
