// Tables of mistakes: a configuration, the line that is wrong in it and what is said of it.
#pragma once

#include <string>
#include <vector>

namespace freshet::engine {

// What stands before a mistake, and its number of lines.
inline const std::string table = "[[table]]\nname = 'orders'\nkey = ['pk']\n";  // 3
inline const std::string owned = table + "owner = 'creator'\n";                 // 4
inline const std::string view = table + "[[table.view]]\nname = 'v'\n";         // 5
inline const std::string list = table + "[[table.list]]\nname = 'l'\n";         // 5
inline const std::string total = table + "[[table.total]]\nname = 's'\n";       // 5
inline const std::string event = table + "[[table.event]]\ntype = 'e'\n";       // 5

struct Row {
    std::string mistake;
    std::string file;
    int line = 0;
    std::string said;  // found …, expected …
};

// All that is said of the file; `none` if nothing is wrong in it.
std::string mistakes_in(const std::string& file);

// Expects of each file that the one mistake is found, in its line and in these words.
void expect_each(const std::vector<Row>& rows);

// Expects that nothing is wrong in any of the files.
void expect_fine(const std::vector<std::string>& files);

}  // namespace freshet::engine
