"""pyTelegramBotAPI, the asynchronous one, as its documentation shows it: states in memory."""

from __future__ import annotations

from common import API, ASK, KEPT, POLL_SECONDS, PRELOADED, SCORES, THANKS, TOKEN, WHY, run, sample
from telebot import asyncio_filters, asyncio_helper
from telebot.async_telebot import AsyncTeleBot
from telebot.asyncio_storage import StateMemoryStorage
from telebot.states import State, StatesGroup
from telebot.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

asyncio_helper.API_URL = API + "/bot{0}/{1}"
bot = AsyncTeleBot(TOKEN, state_storage=StateMemoryStorage())
SAVED: dict[int, list[tuple[int, str]]] = {}


class Checkin(StatesGroup):
    """The steps."""

    score = State()
    note = State()


KEYS = InlineKeyboardMarkup([[InlineKeyboardButton(one, callback_data=one) for one in SCORES]])


@bot.message_handler(commands=["start"])
async def start(message: Message) -> None:
    """Ask."""
    await bot.set_state(message.from_user.id, Checkin.score, message.chat.id)
    await bot.send_message(message.chat.id, ASK, reply_markup=KEYS)


@bot.callback_query_handler(func=None, state=Checkin.score)
async def score(query: CallbackQuery) -> None:
    """Keep the score, ask why."""
    person, chat = query.from_user.id, query.message.chat.id
    await bot.set_state(person, Checkin.note, chat)
    await bot.add_data(person, chat, score=int(query.data))
    await bot.answer_callback_query(query.id)
    await bot.send_message(chat, WHY)


@bot.message_handler(state=Checkin.note)
async def note(message: Message) -> None:
    """Keep the words, say thanks."""
    person, chat = message.from_user.id, message.chat.id
    async with bot.retrieve_data(person, chat) as data:
        saved = SAVED.setdefault(person, [])
        saved.append((data["score"], message.text))
        del saved[:-KEPT]
    await bot.delete_state(person, chat)
    await bot.send_message(chat, THANKS)


async def main() -> None:
    """Serve by long polling."""
    bot.add_custom_filter(asyncio_filters.StateFilter(bot))
    for person in PRELOADED:
        await bot.set_state(person, Checkin.note, person)
        await bot.add_data(person, person, score=3)
        SAVED[person] = [sample(person)]
    await bot.polling(non_stop=True, timeout=POLL_SECONDS, request_timeout=3 * POLL_SECONDS)


run(main())
