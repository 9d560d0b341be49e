package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// Call is one call to an account and its answer. Times are nanoseconds of one monotonic clock; amounts are minor units.
//
//	deposit, withdraw, bet  move amount_minor, once for each key: a repeat of a key that was done gives the same id and moves nothing
//	pause                   ends deposits and bets
//	settle                  a bet leaves at_risk by stake_minor, and amount_minor comes in; below zero: a settlement is taken back
//	balance                 reads available_minor and at_risk_minor
//
// A position is where the log has the change, 0 where that is not known: see order.go.
//
// Results: done; insufficient (too little was available); paused; other (a refusal that says nothing of the account); unknown (no answer).
type Call struct {
	Account        string `json:"account"`
	Client         int    `json:"client"`
	Op             string `json:"op"`
	Key            string `json:"key"`
	CalledNs       int64  `json:"called_ns"`
	AnsweredNs     int64  `json:"answered_ns"`
	Result         string `json:"result"`
	ID             string `json:"id"`
	AmountMinor    int64  `json:"amount_minor"`
	StakeMinor     int64  `json:"stake_minor"`
	AvailableMinor int64  `json:"available_minor"`
	AtRiskMinor    int64  `json:"at_risk_minor"`
	Position       int64  `json:"position"`
}

func (call Call) check() error {
	switch call.Op {
	case "deposit", "withdraw", "bet", "pause", "settle", "balance":
	default:
		return fmt.Errorf("no such operation: %q", call.Op)
	}
	switch call.Result {
	case "done", "insufficient", "paused", "other", "unknown":
	default:
		return fmt.Errorf("no such result: %q", call.Result)
	}
	if call.Result != "unknown" && call.AnsweredNs < call.CalledNs {
		return fmt.Errorf("answered before it was called: %+v", call)
	}
	return nil
}

// account is what the history so far has made of an account. `done` is never changed, but copied.
type account struct {
	available, atRisk, owed int64
	paused                  bool
	done                    map[string]string
}

// take lets money out; what a settlement takes back and is not there any more is owed.
func (state account) take(amount int64) account {
	taken := min(state.available, amount)
	state.available -= taken
	state.owed += amount - taken
	return state
}

// pay lets money in; what is owed is repaid first.
func (state account) pay(amount int64) account {
	repaid := min(state.owed, amount)
	state.owed -= repaid
	state.available += amount - repaid
	return state
}

func (state account) with(key, id string) account {
	done := make(map[string]string, len(state.done)+1)
	for each, known := range state.done {
		done[each] = known
	}
	done[key] = id
	state.done = done
	return state
}

// moved returns the account after a deposit, a withdrawal or a bet, and whether it may be done now.
func (state account) moved(call Call) (account, bool) {
	switch call.Op {
	case "deposit":
		return state.pay(call.AmountMinor), !state.paused
	case "withdraw":
		return state.take(call.AmountMinor), call.AmountMinor <= state.available
	default:
		state.atRisk += call.AmountMinor
		return state.take(call.AmountMinor), call.AmountMinor <= state.available && !state.paused
	}
}

// step tells whether an answer is right in a state, and the state after it. What was never answered is done where it can be: it
// may stand at the very end, where nobody notices.
func step(given, input, _ interface{}) (bool, interface{}) {
	state, call := given.(account), input.(Call)
	switch call.Op {
	case "balance":
		return call.Result != "done" || (call.AvailableMinor == state.available && call.AtRiskMinor == state.atRisk), state
	case "pause":
		state.paused = true
		return true, state
	case "settle":
		state.atRisk -= call.StakeMinor
		if call.AmountMinor < 0 {
			return true, state.take(-call.AmountMinor)
		}
		return true, state.pay(call.AmountMinor)
	}
	id, isDone := state.done[call.Key]
	after, may := state.moved(call)
	switch call.Result {
	case "done":
		if isDone {
			return id == "" || id == call.ID, state
		}
		return may, after.with(call.Key, call.ID)
	case "insufficient":
		return !isDone && call.AmountMinor > state.available, state
	case "paused":
		return !isDone && state.paused, state
	case "other":
		return !isDone, state
	default:
		if isDone || !may {
			return true, state
		}
		return true, after.with(call.Key, "")
	}
}

func same(one, other interface{}) bool {
	a, b := one.(account), other.(account)
	if a.available != b.available || a.atRisk != b.atRisk || a.owed != b.owed || a.paused != b.paused || len(a.done) != len(b.done) {
		return false
	}
	for key, id := range a.done {
		if known, there := b.done[key]; !there || known != id {
			return false
		}
	}
	return true
}

var model = porcupine.Model{
	Init:  func() interface{} { return account{} },
	Step:  step,
	Equal: same,
	DescribeOperation: func(input, _ interface{}) string {
		return fmt.Sprintf("%+v", input)
	},
}
