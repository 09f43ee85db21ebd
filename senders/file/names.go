package file

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	namePrefix = "received-"
	nameSuffix = ".ndjson"
	nameTime   = "20060102T150405Z"
)

// dataName is one data file: received-20261121T022047Z-000001.ndjson. Its number
// rises over the life of the folder and is what the index calls it by.
type dataName struct {
	name   string
	number uint64
	begun  time.Time
}

func newDataName(number uint64, now time.Time) dataName {
	now = now.UTC().Truncate(time.Second)
	return dataName{
		name:   fmt.Sprintf("%s%s-%06d%s", namePrefix, now.Format(nameTime), number, nameSuffix),
		number: number, begun: now,
	}
}

// parseDataName reads a name that newDataName made.
func parseDataName(name string) (dataName, bool) {
	middle, ok := strings.CutPrefix(name, namePrefix)
	if !ok {
		return dataName{}, false
	}
	middle, ok = strings.CutSuffix(middle, nameSuffix)
	if !ok {
		return dataName{}, false
	}
	at, num, ok := strings.Cut(middle, "-")
	begun, err := time.Parse(nameTime, at)
	if !ok || err != nil {
		return dataName{}, false
	}
	n, err := strconv.ParseUint(num, 10, 63)
	if err != nil || n == 0 {
		return dataName{}, false
	}
	return dataName{name: name, number: n, begun: begun}, newDataName(n, begun).name == name
}

// listData returns the data files in dir, oldest first.
func listData(dir string) ([]dataName, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []dataName
	for _, e := range entries {
		if d, ok := parseDataName(e.Name()); ok && e.Type().IsRegular() {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b dataName) int { return cmp.Compare(a.number, b.number) })
	return found, nil
}
