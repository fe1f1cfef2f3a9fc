// bench_door: measures the HTTP door and prints JSON. tests/bench/bench.py runs it.
#include <cstdio>
#include <exception>
#include <iostream>

#include "tests/bench/door/figures.h"
#include "tests/bench/options.h"

namespace {

using rosterd::bench::Figure;

void print(const std::vector<Figure>& figures) {
  std::printf("[");
  const char* between = "";
  for (const Figure& figure : figures) {
    std::printf(
        "%s\n{\"what\":\"%s\",\"ours\":%.6g,\"limit\":%.6g,\"bar\":%g,\"at_least\":%s,\"unit\":\"%s\",\"note\":\"%s\"}",
        between, figure.what.c_str(), figure.ours, figure.limit, figure.bar, figure.at_least ? "true" : "false",
        figure.unit.c_str(), figure.note.c_str());
    between = ",";
  }
  std::printf("\n]\n");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const rosterd::bench::Options options(
        argc, argv, {{"--rounds", "7"}, {"--milliseconds", "1000"}, {"--slow", "300"}, {"--idle", "2000"}});
    const rosterd::bench::Effort effort{
        static_cast<int>(options.number("--rounds")), std::chrono::milliseconds(options.number("--milliseconds")),
        static_cast<int>(options.number("--slow")), static_cast<int>(options.number("--idle"))};
    std::vector<Figure> figures = rosterd::bench::measure_throughput(effort);
    for (Figure& figure : rosterd::bench::measure_crowd(effort)) figures.push_back(std::move(figure));
    print(figures);
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "bench_door: " << failure.what() << "\n";
    return 1;
  }
}
