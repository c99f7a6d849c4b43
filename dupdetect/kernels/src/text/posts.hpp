// Posts of social networks that a page embeds.
#pragma once

#include "text/story.hpp"

namespace dupdetect {

// Marks the words of posts, which end with "— Name (@handle) March 3, 2019", as a quotation.
void mark_posts(Bytes text, Story& story);

}  // namespace dupdetect
