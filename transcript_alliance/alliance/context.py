"""Every turn read again in the light of the whole session: what came before it, and what it led to.

The network sees 256 tokens and the words see three turns. An observer goes back: a turn is the beginning of a
rupture because of what follows. So a small recurrent network goes over the turns' readings in both directions and
corrects them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from transcript_alliance.alliance.bundle import CONTEXT
from transcript_alliance.alliance.encoder import load_weights
from transcript_alliance.alliance.predict import single_threaded
from transcript_alliance.coding.odds import Array, log_odds, logistic
from transcript_alliance.session import Role, Session

HIDDEN = 96
"""Size of a turn's state (our choice, after looking at the first fold; 48 is a little worse, 128 no better)."""
DROPOUT = 0.5
N_NETS = 2
"""Networks that differ by chance alone; the mean of their log odds is a little better than either (our choice)."""
USUAL_ODDS = -3.0
"""About the log odds of a code that is not there; the inputs are centred on it."""
MOST_ODDS = 7.0
"""Log odds go in at most so far from even, or one sure reading would drown the others."""
WORDS_SCALE = 5.0
"""Brings the words' scores, which lie about 0..1 and mostly near 0, to the spread of the other inputs."""


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What is said of a session's turns before the session is seen as a whole; (turns, codes) each."""

    network: Array  # probabilities
    words: Array  # scores
    cues: NDArray[np.bool_]
    blended: Array  # probabilities, from the three


class ContextNet(nn.Module):
    """Correction of the blended log odds of `n_codes` codes by a recurrent network over the turns."""

    def __init__(self, n_codes: int) -> None:
        super().__init__()
        self.inputs = nn.Linear(n_inputs(n_codes), HIDDEN)
        self.over_turns = nn.GRU(HIDDEN, HIDDEN, bidirectional=True, batch_first=True)
        self.correction = nn.Linear(3 * HIDDEN, n_codes)
        self.trust = nn.Parameter(torch.ones(n_codes))
        self.dropout = nn.Dropout(DROPOUT)
        # Before it has learned anything it leaves the readings as they are.
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)

    def forward(self, inputs: Tensor, blended: Tensor, lengths: Tensor) -> Tensor:
        """Log odds (sessions, turns, codes) from inputs (sessions, turns, inputs) and blended log odds.

        `lengths` (sessions,) are their turns; what stands beyond them is padding and moves nothing.
        """
        turns = torch.relu(self.inputs(self.dropout(inputs)))
        packed = nn.utils.rnn.pack_padded_sequence(turns, lengths, batch_first=True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.over_turns(packed)[0], batch_first=True)
        both = self.dropout(torch.cat([turns, states], dim=-1))
        odds: Tensor = self.trust * blended + self.correction(both)
        return odds


class Context(nn.Module):
    """`N_NETS` networks that read the turns of a session again, each its own way."""

    def __init__(self, n_codes: int) -> None:
        super().__init__()
        self.nets = nn.ModuleList(ContextNet(n_codes) for _ in range(N_NETS))

    def forward(self, inputs: Tensor, blended: Tensor, lengths: Tensor) -> Tensor:
        """Mean of their log odds, as `ContextNet` gives them."""
        return torch.stack([net(inputs, blended, lengths) for net in self.nets]).mean(dim=0)

    def codes(self, session: Session, readings: Readings) -> Array:
        """Probabilities of the codes on every turn of a session, (turns, codes), 0..1; needs `eval` mode."""
        if not len(readings.blended):
            return readings.blended
        inputs = torch.from_numpy(context_inputs(session, readings))[None]
        blended = torch.from_numpy(log_odds(readings.blended)).float()[None]
        with single_threaded(), torch.inference_mode():
            odds = self(inputs, blended, torch.tensor([inputs.shape[1]]))[0]
        return logistic(odds.double().numpy())


def load_context(folder: Path, n_codes: int) -> Context:
    """The context of a checked bundle. Raises ModelBundleError when its weights do not fit."""
    context = Context(n_codes)
    load_weights(context, folder / CONTEXT)
    return context.eval()


def n_inputs(n_codes: int) -> int:
    """Columns of `context_inputs`."""
    return 4 * n_codes + 5


def context_inputs(session: Session, readings: Readings) -> NDArray[np.float32]:
    """What the network is told of every turn, (turns, inputs): readings, who speaks, how much, and where it stands."""
    n_turns = len(session.turns)
    roles = [session.role(t) for t in range(n_turns)]
    n_words = np.array([len(session.turn_text(t).split()) for t in range(n_turns)])
    columns = np.column_stack(
        [
            _centred(readings.blended),
            _centred(readings.network),
            WORDS_SCALE * readings.words,
            readings.cues,
            [role is Role.THERAPIST for role in roles],
            [role is Role.CLIENT for role in roles],
            np.log1p(n_words) - 2,
            np.arange(n_turns) / n_turns,
            np.full(n_turns, np.log(n_turns) - 4),
        ]
    )
    return columns.astype(np.float32)


def _centred(probabilities: Array) -> Array:
    centred: Array = np.clip(log_odds(probabilities), -MOST_ODDS, MOST_ODDS) - USUAL_ODDS
    return centred
