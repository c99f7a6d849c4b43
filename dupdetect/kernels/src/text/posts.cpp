#include "text/posts.hpp"
#include "numbers.hpp"

#include <algorithm>
#include <string_view>

namespace dupdetect {
namespace {

std::string_view characters(Bytes text) {
    return {reinterpret_cast<const char*>(text.data()), text.size()};
}

class PostFinder {
public:
    PostFinder(Bytes text, Story& story) : text_(characters(text)), story_(story) {}

    void run() {
        for (std::size_t at = text_.find("(@"); at != std::string_view::npos;
             at = text_.find("(@", at + 2)) {
            const std::size_t dash = dash_before(at), end = end_of_signature(at);
            if (dash == kNone || end == kNone) continue;
            const std::size_t name = word_from(dash);
            if (name >= word_from(at)) continue;
            const bool alone = starts_line(name);  // the post is the line before
            std::size_t first = alone && name > done_ ? name - 1 : name;
            while (first > done_ && name - first < numbers.text.post_words && !starts_line(first))
                --first;
            if (alone && first > done_ && !starts_line(first)) first = name;
            for (std::size_t t = first; t < end; ++t) story_.marks[t] |= kQuoted | kPost;
            done_ = end;
        }
    }

private:
    static constexpr std::size_t kNone = std::string_view::npos;

    // The first word that starts there or later.
    std::size_t word_from(std::size_t at) const {
        const auto found = std::ranges::lower_bound(story_.starts, static_cast<std::uint32_t>(at));
        return static_cast<std::size_t>(found - story_.starts.begin());
    }

    bool starts_line(std::size_t word) const {
        return word >= story_.size() || (story_.marks[word] & kLineStart) != 0;
    }

    // The dash before a name: a long one, two, or one between spaces.
    std::size_t dash_before(std::size_t at) const {
        const std::size_t from = at - std::min<std::size_t>(at, numbers.text.name_bytes);
        std::string_view before = text_.substr(from, at - from);
        const std::size_t line = before.rfind('\n');
        const std::size_t skipped = line == kNone ? 0 : line + 1;
        before.remove_prefix(skipped);
        std::size_t best = kNone;
        for (const std::string_view dash : {"\u2014", "\u2013", "\u2015", "--", " - "}) {
            const std::size_t found = before.rfind(dash);
            if (found != kNone && (best == kNone || found > best)) best = found;
        }
        return best == kNone ? kNone : from + skipped + best;
    }

    // The word after the date, or after the handle where the line ends with it.
    std::size_t end_of_signature(std::size_t at) const {
        const std::size_t close = text_.substr(at, numbers.text.handle_bytes).find(')');
        if (close == kNone) return kNone;
        const std::size_t word = word_from(at + close);
        for (std::size_t t = word;
             t < std::min(word + numbers.text.date_words, story_.size()) && !starts_line(t); ++t) {
            const Bytes digits = story_.folded_word(t);
            const bool year = digits.size() == 4 && std::ranges::all_of(digits, [](auto c) {
                                  return c >= '0' && c <= '9';
                              });
            if (year) return t + 1;
        }
        return starts_line(word) ? word : kNone;
    }

    std::string_view text_;
    Story& story_;
    std::size_t done_ = 0;  // words of posts before
};

}  // namespace

void mark_posts(Bytes text, Story& story) { PostFinder(text, story).run(); }

}  // namespace dupdetect
