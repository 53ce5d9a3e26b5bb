/*
 * word.h -- comparing text eight bytes at a time.
 *
 * For what is compared many times for each request: names, ARNs and keys are 10 to 60 bytes long,
 * for which a call of memcmp costs more than the comparison. Words are read with memcpy, so that any
 * alignment will do; their byte order does not matter, for they are only held against each other.
 */
#ifndef DEPUTY_BASE_WORD_H
#define DEPUTY_BASE_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* Byte i in bits 8i to 8i + 7, whatever the machine's order. */
static inline uint64_t word_little(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
	       (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
	       (uint64_t)b[7] << 56;
}

/* Bit 8i for each byte i that is `byte`, which is ASCII. */
static inline uint64_t word_find(uint64_t word, char byte)
{
	const uint64_t each = 0x0101010101010101, high = each * 0x80;
	uint64_t other = word ^ each * (unsigned char)byte; /* 0 where it is */

	return ~(((other & ~high) + ~high) | other) >> 7 & each;
}

/* How many word_find found. */
static inline size_t word_count(uint64_t found)
{
	return (size_t)(found * 0x0101010101010101 >> 56);
}

/* Of what word_find found, the first: its i. */
static inline size_t word_first(uint64_t found)
{
	return (size_t)((found & (0 - found)) * 0x0001020304050607 >> 56);
}

/* What word_find found as eight bits. */
static inline uint64_t word_bits(uint64_t found)
{
	return found * 0x0102040810204080 >> 56;
}

/* The number of the lowest bit that is set. */
static inline size_t lowest_bit(uint64_t bits)
{
	/* each six bits in a row of this number are another number, and here is where they stand */
	static const unsigned char places[64] = { 0, 1, 2, 53, 3, 7, 54, 27, 4, 38, 41, 8, 34, 55,
		48, 28, 62, 5, 39, 46, 44, 42, 22, 9, 24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6, 26,
		37, 40, 33, 47, 61, 45, 43, 21, 23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50,
		31, 19, 15, 30, 14, 13, 12 };

	return places[(bits & (0 - bits)) * 0x022fdd63cc95386d >> 58];
}

/* The first n < 8 bytes, and zeros. Two reads that overlap say which bytes there are. */
static inline uint64_t word_short(const char *p, size_t n)
{
	uint32_t low, high;

	if (n >= 4) {
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return (uint64_t)high << 32 | low;
	}
	if (n == 0)
		return 0;
	return (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
	       (unsigned char)p[n - 1];
}

/* ASCII letters in lower case; all other bytes stay. */
static inline uint64_t word_lower(uint64_t word)
{
	const uint64_t each = 0x0101010101010101, high = each * 0x80;
	uint64_t seven = word & ~high;
	uint64_t from_a = seven + each * (0x80 - 'A'), behind_z = seven + each * (0x7f - 'Z');

	return word | ((from_a ^ behind_z) & ~word & high) >> 2;
}

/*
 * Are all n bytes the same? The last words overlap those before: what is compared twice costs less
 * than a branch that is guessed wrongly.
 */
static inline bool bytes_same(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	if (n < 8)
		return word_short(a, n) == word_short(b, n);
	if (n <= 16)
		return ((word_at(a) ^ word_at(b)) | (word_at(a + n - 8) ^ word_at(b + n - 8))) == 0;
	for (; i + 16 < n; i += 16)
		if ((word_at(a + i) ^ word_at(b + i)) | (word_at(a + i + 8) ^ word_at(b + i + 8)))
			return false;
	return ((word_at(a + n - 16) ^ word_at(b + n - 16)) |
		       (word_at(a + n - 8) ^ word_at(b + n - 8))) == 0;
}

static inline bool words_same_nocase(const char *a, const char *b)
{
	return word_lower(word_at(a)) == word_lower(word_at(b));
}

/* The two words at p and at q of both texts: how they differ. */
static inline uint64_t two_differ(const char *a, const char *b, size_t p, size_t q)
{
	return (word_at(a + p) ^ word_at(b + p)) | (word_at(a + q) ^ word_at(b + q));
}

/* In ASCII, letter case ignored. Mostly texts are the same, or differ in more than the one bit
 * that makes a letter small; only where they differ in that alone are letters looked at. */
static inline bool bytes_same_nocase(const char *a, const char *b, size_t n)
{
	const uint64_t small = 0x2020202020202020;
	uint64_t differ;

	if (n < 8)
		return word_lower(word_short(a, n)) == word_lower(word_short(b, n));
	differ = n <= 16 ? two_differ(a, b, 0, n - 8)
			 : two_differ(a, b, 0, 8) | two_differ(a, b, n - 16, n - 8);
	if (differ & ~small)
		return false;
	if (differ == 0 && n <= 32)
		return true;
	for (size_t i = 0; i + 8 < n; i += 8)
		if (!words_same_nocase(a + i, b + i))
			return false;
	return words_same_nocase(a + n - 8, b + n - 8);
}

#endif
