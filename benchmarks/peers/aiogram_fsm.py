"""aiogram 3 as its documentation shows it: Dispatcher, FSM, state in memory."""

from __future__ import annotations

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext  # noqa: TC002  aiogram reads the annotations
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import StorageKey
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from common import API, ASK, KEPT, POLL_SECONDS, PRELOADED, SCORES, THANKS, TOKEN, WHY, run, sample


class Checkin(StatesGroup):
    """The steps."""

    score = State()
    note = State()


KEYS = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text=one, callback_data=one) for one in SCORES]]
)
storage = MemoryStorage()
dispatcher = Dispatcher(storage=storage)
SAVED: dict[int, list[tuple[int, str]]] = {}


@dispatcher.message(CommandStart())
async def start(message: Message, state: FSMContext) -> None:
    """Ask."""
    await state.set_state(Checkin.score)
    await message.answer(ASK, reply_markup=KEYS)


@dispatcher.callback_query(Checkin.score)
async def score(query: CallbackQuery, state: FSMContext) -> None:
    """Keep the score, ask why."""
    await state.update_data(score=int(query.data))
    await state.set_state(Checkin.note)
    await query.answer()
    await query.message.answer(WHY)


@dispatcher.message(Checkin.note, F.text)
async def note(message: Message, state: FSMContext) -> None:
    """Keep the words, say thanks."""
    data = await state.get_data()
    await state.set_state(None)
    saved = SAVED.setdefault(message.from_user.id, [])
    saved.append((data["score"], message.text))
    del saved[:-KEPT]
    await message.answer(THANKS)


async def main() -> None:
    """Serve by long polling."""
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(API)))
    for person in PRELOADED:
        key = StorageKey(bot.id, person, person)
        await storage.set_state(key, Checkin.note)
        await storage.set_data(key, {"score": 3})
        SAVED[person] = [sample(person)]
    await dispatcher.start_polling(bot, handle_signals=False, polling_timeout=POLL_SECONDS)


run(main())
