// Lists of links that a page has inside its paragraphs, behind a name.
#pragma once

#include "text/story.hpp"

namespace dupdetect {

// Makes lines of their own of lists such as "Mayor Orla Venn [Orla Anne VennCrane sold Board
// threatens to sue over remark MORE] opened the market": the name again, run into the first
// headline, and further headlines up to "MORE".
void split_link_lists(Bytes text, Story& story);

}  // namespace dupdetect
