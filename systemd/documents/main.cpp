// rosterd-documents DIRECTORY DATE: writes manual pages and completions there. Run by the build, not installed.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "systemd/documents/documents.h"

namespace {

bool write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) std::fprintf(stderr, "rosterd-documents: cannot write %s\n", file.c_str());
  return out.good();
}

}  // namespace

int main(int argc, char** argv) {
  namespace documents = rosterd::documents;
  if (argc != 3) {
    std::fputs("usage: rosterd-documents DIRECTORY DATE\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto program = rosterd::cli::describe();
  const bool good = write(folder / "rosterd.8", documents::commands_page(program, argv[2])) &&
                    write(folder / "rosterd.toml.5", documents::options_page(argv[2])) &&
                    write(folder / "rosterd.bash", documents::bash(program)) &&
                    write(folder / "rosterd.zsh", documents::zsh(program)) &&
                    write(folder / "rosterd.fish", documents::fish(program));
  return good ? 0 : 1;
}
