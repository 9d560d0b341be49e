// Judges histories of calls to accounts: whether the calls to each account can be put into one order, each between its call and its answer,
// in which every answer is right. Reads one JSON object a line from standard input; prints one JSON report. Exit code 1: a history is not
// linearizable; 2: the input is no history, or a history was not decided in time.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

const decideTimeout = 120 * time.Second

// Violation names an account whose history is not linearizable, and the first call that no order found a place for.
type Violation struct {
	Account    string `json:"account"`
	Operation  Call   `json:"operation"`
	Linearized int    `json:"linearized"`
	Operations int    `json:"operations"`
}

// Report is what is printed. `in_log_order` counts the accounts for which the log's own order explains every answer; all orders were searched
// for the others.
type Report struct {
	Accounts   int         `json:"accounts"`
	Operations int         `json:"operations"`
	InLogOrder int         `json:"in_log_order"`
	Violations []Violation `json:"violations"`
	Undecided  []string    `json:"undecided"`
}

func main() {
	byAccount, err := read()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	report := Report{Accounts: len(byAccount), Violations: []Violation{}, Undecided: []string{}}
	accounts := make([]string, 0, len(byAccount))
	for account := range byAccount {
		accounts = append(accounts, account)
	}
	sort.Strings(accounts)
	for _, account := range accounts {
		operations := byAccount[account]
		report.Operations += len(operations)
		if inLogOrder(operations) {
			report.InLogOrder++
			continue
		}
		result, info := porcupine.CheckOperationsVerbose(model, operations, decideTimeout)
		switch result {
		case porcupine.Illegal:
			report.Violations = append(report.Violations, violation(account, operations, info))
		case porcupine.Unknown:
			report.Undecided = append(report.Undecided, account)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if len(report.Violations) > 0 {
		os.Exit(1)
	}
	if len(report.Undecided) > 0 {
		os.Exit(2)
	}
}

func read() (map[string][]porcupine.Operation, error) {
	byAccount := map[string][]porcupine.Operation{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<16), 1<<24)
	for number := 1; lines.Scan(); number++ {
		var call Call
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if err := call.check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		answered := call.AnsweredNs
		if call.Result == "unknown" {
			answered = math.MaxInt64
		}
		byAccount[call.Account] = append(byAccount[call.Account], porcupine.Operation{
			ClientId: call.Client, Input: call, Call: call.CalledNs, Output: call, Return: answered,
		})
	}
	return byAccount, lines.Err()
}

// violation names the first call that the longest order found has no place for.
func violation(account string, operations []porcupine.Operation, info porcupine.LinearizationInfo) Violation {
	longest := []porcupine.Operation{}
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	placed := map[int64]bool{}
	for _, operation := range longest {
		placed[operation.Call] = true
	}
	found := Violation{Account: account, Linearized: len(longest), Operations: len(operations)}
	earliest := int64(math.MaxInt64)
	for _, operation := range operations {
		if call := operation.Input.(Call); !placed[operation.Call] && operation.Return < earliest {
			earliest, found.Operation = operation.Return, call
		}
	}
	return found
}
