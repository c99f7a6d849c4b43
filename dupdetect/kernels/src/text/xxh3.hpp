// XXH3, 64 bits, seed 0 and the default secret: written from the published specification of the
// algorithm (Yann Collet, "XXH3 algorithm specification"). Equal to xxhash.xxh3_64_intdigest.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "common/platform.hpp"

namespace dupdetect::xxh3 {

static_assert(std::endian::native == std::endian::little, "written for little-endian machines");

using Bytes = std::span<const std::uint8_t>;

inline constexpr std::uint64_t kP32_1 = 0x9E3779B1U, kP32_2 = 0x85EBCA77U, kP32_3 = 0xC2B2AE3DU;
inline constexpr std::uint64_t kP64_1 = 0x9E3779B185EBCA87ULL, kP64_2 = 0xC2B2AE3D27D4EB4FULL,
                               kP64_3 = 0x165667B19E3779F9ULL, kP64_4 = 0x85EBCA77C2B2AE63ULL,
                               kP64_5 = 0x27D4EB2F165667C5ULL;
inline constexpr std::uint64_t kAvalanche = 0x165667919E3779F9ULL, kRrmxmx = 0x9FB21C651E98DF25ULL;

inline constexpr std::array<std::uint8_t, 192> kSecret = {
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e};

template <typename Word>
inline Word read(Bytes bytes, std::size_t at) {
    Word value;
    std::memcpy(&value, bytes.subspan(at, sizeof value).data(), sizeof value);
    return value;
}

inline std::uint64_t secret64(std::size_t at) { return read<std::uint64_t>(kSecret, at); }

inline std::uint64_t xorshift(std::uint64_t v, int shift) { return v ^ (v >> shift); }

inline std::uint64_t avalanche(std::uint64_t h) {
    h = xorshift(h, 37) * kAvalanche;
    return xorshift(h, 32);
}

inline std::uint64_t avalanche64(std::uint64_t h) {
    h = xorshift(h, 33) * kP64_2;
    h = xorshift(h, 29) * kP64_3;
    return xorshift(h, 32);
}

inline std::uint64_t hash_1_to_3(std::uint64_t bytes, std::size_t n) {
    const std::uint64_t first = bytes & 0xFFU, middle = bytes >> (8 * (n >> 1) & 63U) & 0xFFU,
                        last = bytes >> (8 * (n - 1) & 63U) & 0xFFU;
    const std::uint64_t combined = first << 16 | middle << 24 | last | n << 8;
    const std::uint64_t flip = read<std::uint32_t>(kSecret, 0) ^ read<std::uint32_t>(kSecret, 4);
    return avalanche64(combined ^ flip);
}

inline std::uint64_t hash_4_to_8(std::uint64_t first, std::uint64_t last, std::size_t n) {
    std::uint64_t h = (last + (first << 32)) ^ (secret64(8) ^ secret64(16));
    h ^= std::rotl(h, 49) ^ std::rotl(h, 24);
    h *= kRrmxmx;
    h ^= (h >> 35) + n;
    h *= kRrmxmx;
    return xorshift(h, 28);
}

inline std::uint64_t hash_9_to_16(std::uint64_t first, std::uint64_t last, std::size_t n) {
    const std::uint64_t low = first ^ (secret64(24) ^ secret64(32));
    const std::uint64_t high = last ^ (secret64(40) ^ secret64(48));
    return avalanche(n + swap_bytes(low) + high + multiply_fold(low, high));
}

inline std::uint64_t short_hash(Bytes in) {
    const std::size_t n = in.size();
    if (n > 8) {
        return hash_9_to_16(read<std::uint64_t>(in, 0), read<std::uint64_t>(in, n - 8), n);
    }
    if (n >= 4) {
        return hash_4_to_8(read<std::uint32_t>(in, 0), read<std::uint32_t>(in, n - 4), n);
    }
    if (n > 0) {
        const std::uint64_t middle = in[n >> 1], last = in[n - 1];
        return hash_1_to_3(in[0] | middle << 8 * (n >> 1) | last << 8 * (n - 1), n);
    }
    return avalanche64(secret64(56) ^ secret64(64));
}

inline std::uint64_t mix16(Bytes in, std::size_t at, std::size_t secret) {
    return multiply_fold(read<std::uint64_t>(in, at) ^ secret64(secret),
                         read<std::uint64_t>(in, at + 8) ^ secret64(secret + 8));
}

inline std::uint64_t middle_hash(Bytes in) {
    const std::size_t n = in.size();
    std::uint64_t acc = n * kP64_1;
    if (n <= 128) {
        for (std::size_t i = (n - 1) / 32 + 1; i-- > 0;) {
            acc += mix16(in, 16 * i, 32 * i);
            acc += mix16(in, n - 16 * (i + 1), 32 * i + 16);
        }
        return avalanche(acc);
    }
    const std::size_t rounds = n / 16;
    for (std::size_t i = 0; i < 8; ++i) acc += mix16(in, 16 * i, 16 * i);
    acc = avalanche(acc);
    for (std::size_t i = 8; i < rounds; ++i) acc += mix16(in, 16 * i, 16 * (i - 8) + 3);
    acc += mix16(in, n - 16, 136 - 17);
    return avalanche(acc);
}

inline std::uint64_t long_hash(Bytes in) {
    constexpr std::size_t kStripe = 64, kStripesPerBlock = (kSecret.size() - kStripe) / 8;
    std::array<std::uint64_t, 8> acc = {kP32_3, kP64_1, kP64_2, kP64_3,
                                        kP64_4, kP32_2, kP64_5, kP32_1};
    const auto accumulate = [&](std::size_t at, std::size_t secret) {
        for (std::size_t i = 0; i < 8; ++i) {
            const std::uint64_t value = read<std::uint64_t>(in, at + 8 * i);
            const std::uint64_t keyed = value ^ secret64(secret + 8 * i);
            acc[i ^ 1] += value;
            acc[i] += (keyed & 0xFFFFFFFFU) * (keyed >> 32);
        }
    };
    const std::size_t block = kStripe * kStripesPerBlock;
    const std::size_t blocks = (in.size() - 1) / block;
    for (std::size_t b = 0; b < blocks; ++b) {
        for (std::size_t s = 0; s < kStripesPerBlock; ++s)
            accumulate(b * block + s * kStripe, 8 * s);
        for (std::size_t i = 0; i < 8; ++i) {
            acc[i] = (xorshift(acc[i], 47) ^ secret64(kSecret.size() - kStripe + 8 * i)) * kP32_1;
        }
    }
    const std::size_t stripes = (in.size() - 1 - block * blocks) / kStripe;
    for (std::size_t s = 0; s < stripes; ++s) accumulate(blocks * block + s * kStripe, 8 * s);
    accumulate(in.size() - kStripe, kSecret.size() - kStripe - 7);
    std::uint64_t result = in.size() * kP64_1;
    for (std::size_t i = 0; i < 4; ++i) {
        result += multiply_fold(acc[2 * i] ^ secret64(11 + 16 * i),
                                acc[2 * i + 1] ^ secret64(19 + 16 * i));
    }
    return avalanche(result);
}

inline std::uint64_t hash(Bytes in) {
    if (in.size() <= 16) return short_hash(in);
    return in.size() <= 240 ? middle_hash(in) : long_hash(in);
}

// The same of 1 to 8 bytes, which begin `bytes` whatever follows them there. Lengths of words are
// unpredictable: both ways are taken and one is chosen by a mask, because compilers make a branch
// of a condition. Of more than 8 bytes it is some number.
inline std::uint64_t hash_1_to_8(std::uint64_t bytes, std::size_t n) {
    const std::uint64_t few = hash_1_to_3(bytes, n);
    const std::uint64_t last = bytes >> (8 * (n - 4) & 63U) & 0xFFFFFFFFU;
    const std::uint64_t more = hash_4_to_8(bytes & 0xFFFFFFFFU, last, n);
    const std::uint64_t is_few = ~std::uint64_t{n < 4} + 1;
    return more ^ ((few ^ more) & is_few);
}

}  // namespace dupdetect::xxh3
