"""The queue's script: dramatiq's own, with turns by person, and a bell that wakes who waits for a job.

**Turns.** What is put on a queue goes to a list of its person, and who has one waits in a sorted set, `.turns`. A consumer
that has room is given the next job of whoever's turn it is. The score is the Redis time (s) at which the person began to wait,
or that at which the last of their debt is forgiven (`hubshare.metering`), whichever is later: who has cost nothing lately is
served in order of arrival, and who has cost much gives way to those who come until it is forgiven, and to nobody for longer.
Each job that is taken costs a little at once, so that two who come with many take turns, and what it did cost when it ended.

One person has at most an eighth of what all consumers of a queue take at a time, or two where an eighth is less and two are no
more than half; the less the larger the debt is, and always one: somebody new gets a thread at once, and finds little else at
work there. What comes from one checkout comes one by one anyway, and more threads than processors make nothing faster that
computes.

**Lanes.** Threads of one process share Python's interpreter: beside one that computes, each step of a short job waits. So what
those ask for whose work was dear lately is done in a process of its own, the *slow lane*, while there is one: it has turns and
a bell of its own. A person changes lanes when their turn comes.

How many jobs each person has in hand, `.held`, is counted anew from dramatiq's own sets in each maintenance.

Whose a job is is written in its id, before the first `|`. What has none there, as jobs of the version before, belongs to the
Hub itself, which owes nothing and has no share.

**Pauses.** Of a queue that is paused no job is taken, and of a paused kind those are set aside, in `.aside:KIND`, when their
turn comes, so that nothing else of the same person waits behind them; when the kind goes on they line up again. Which are
paused is in the set `__paused__`: what the database says, see `hubshare.jobs.pausing`.

**Bell.** Invariant: after each run, a lane that holds a job that may be taken has a token in its bell, or a consumer with room
has taken the token and fetches next. A consumer blocks on the bell only while it has room, so a token that is
taken is always followed by a fetch; the fetch empties the queue or rings for the next consumer. Enqueueing, settling,
requeueing and taking over from the dead all pass through here. What remains is a consumer that is killed
between the two steps: then the job waits for the next fetch of any consumer, at most `idle` seconds.

One token is enough, as it means "look", not "one message". Time is taken from Redis: workers on hosts whose
clocks differ would declare one another dead.
"""

from __future__ import annotations

from hubshare.metering import CHARGE, DEAR

#: What a job costs as soon as it is taken, in seconds; what it did cost takes the place of that.
_AT_LEAST = 0.01
#: One person has that part of all places, and at least so many where that is no more than half.
_PART, _LEAST = 8, 2
#: A debt of so many seconds makes no share smaller; with so many more it is half of that, with twice as many a third.
_FREE, _HALF_SHARE = 1, 4

#: So many jobs of a kind that goes on again line up at a time: nobody else is kept waiting for it.
_AT_A_TIME = 1000

# Arguments behind dramatiq's own (see its dispatch.lua): of `maintain` the number of jobs that the consumer takes at a time and
# its lane. Of `enqueue`, `ack` and `nack` those of one message follow those of another, as many as there are: an id with the
# message, or an id with the cost of the job and its counts, which are empty where nothing was counted.
SCRIPT = (
    CHARGE
    + """
local function dramatiq()
%s
end
local now = redis.call("time")
local seconds = now[1] + now[2] / 1000000
ARGV[2] = string.format("%%.0f", now[1] * 1000 + math.floor(now[2] / 1000))
local command, consumer = ARGV[1], ARGV[4]
local queue = KEYS[1] .. ":" .. ARGV[3]
local signs = KEYS[1] .. ":__heartbeats__"
-- Those that are only delayed wait in memory, and hold nobody up.
local fair = string.sub(ARGV[3], -3) ~= ".DQ"
local held = queue .. ".held"
local fast = {turns = queue .. ".turns", rooms = queue .. ".rooms", bell = queue .. ".bell"}
local slow = {turns = queue .. ".slow.turns", rooms = queue .. ".slow.rooms", bell = queue .. ".slow.bell"}

local function lane_of(person)
    if redis.call("exists", slow.rooms) == 0 then return fast end
    return tonumber(redis.call("zscore", DEAR, person) or 0) > seconds and slow or fast
end
local function wait_for_turn(person)
    redis.call("zadd", lane_of(person).turns, math.max(seconds, debt_of(person)), person)
end

local function in_hand(of)
    return KEYS[1] .. ":__acks__." .. of .. "." .. ARGV[3]
end
local function person_of(id)
    return string.match(id, "^([^|]*)|") or ""
end
local function waiting(person)
    return queue .. ".waiting:" .. person
end
local paused = {}
for _, what in ipairs(redis.call("smembers", KEYS[1] .. ":__paused__")) do paused[what] = true end
local queue_paused = paused["queue:" .. ARGV[3]]
local function set_aside(id)
    local kind = string.match(id, "^[^|]*|([^:]*):") or ""
    if not paused["kind:" .. kind] then return false end
    redis.call("rpush", queue .. ".aside:" .. kind, id)
    redis.call("sadd", queue .. ".aside", kind)
    return true
end
local function wait_in_line(id)
    local person = person_of(id)
    if redis.call("rpush", waiting(person), id) == 1 then wait_for_turn(person) end
end
local function line_up()
    for _, kind in ipairs(redis.call("smembers", queue .. ".aside")) do
        for _ = 1, paused["kind:" .. kind] and 0 or AT_A_TIME do
            local id = redis.call("lpop", queue .. ".aside:" .. kind)
            if not id then
                redis.call("srem", queue .. ".aside", kind)
                break
            end
            wait_in_line(id)
        end
    end
    while true do
        local id = redis.call("lpop", queue)
        if not id then return end
        wait_in_line(id)
    end
end
local function hold(id, by)
    local person = person_of(id)
    if redis.call("hincrby", held, person, by) <= 0 then redis.call("hdel", held, person) end
end
local function next_person(lane)
    local room = 0
    for _, of_one in ipairs(redis.call("hvals", lane.rooms)) do room = room + of_one end
    local place = 0
    while true do
        local found = redis.call("zrange", lane.turns, place, place, "withscores")
        local person = found[1]
        if not person then return nil end
        local debt = debt_of(person)
        local share = math.max(math.min(LEAST, room / 2), room / PART)
        local most = math.max(1, math.floor(share / (1 + math.max(0, debt - seconds - FREE) / HALF_SHARE)))
        if lane_of(person) ~= lane then
            redis.call("zrem", lane.turns, person)
            wait_for_turn(person)
        elseif debt > found[2] + 0.001 then
            -- It has come to cost more since, by other jobs.
            redis.call("zadd", lane.turns, debt, person)
        elseif person ~= "" and room > 0 and tonumber(redis.call("hget", held, person) or 0) >= most then
            place = place + 1
        else
            return person
        end
    end
end
local function take_next(lane, place)
    local person = next_person(lane)
    if not person then return false end
    local id = redis.call("lpop", waiting(person))
    while id and set_aside(id) do id = redis.call("lpop", waiting(person)) end
    if id then
        redis.call("rpush", queue, id)
        hold(id, 1)
        -- Those who are served in one go keep their order.
        charge(person, seconds, AT_LEAST + place / 100000)
    end
    redis.call("zrem", lane.turns, person)
    if redis.call("exists", waiting(person)) == 1 then wait_for_turn(person) end
    return true
end
local function ring(lane)
    if queue_paused or not next_person(lane) then return end
    if redis.call("exists", lane.bell) == 0 then redis.call("rpush", lane.bell, 1) end
end
local function count_in_hand(lane)
    for _, worker in ipairs(redis.call("hkeys", lane.rooms)) do
        local sign = redis.call("zscore", signs, worker)
        if not sign or sign + ARGV[5] <= tonumber(ARGV[2]) then
            redis.call("hdel", lane.rooms, worker)
        else
            for _, id in ipairs(redis.call("smembers", in_hand(worker))) do hold(id, 1) end
        end
    end
end

local of_each = ({enqueue = 2, ack = 6, nack = 6})[command]
local settled = {}
if command == "maintain" then
    -- A worker that died while the clock was ahead would be alive until then.
    for _, worker in ipairs(redis.call("zrangebyscore", signs, "(" .. ARGV[2], "+inf")) do
        redis.call("zadd", signs, ARGV[2], worker)
    end
elseif fair then
    if command == "fetch" then
        line_up()
        local lane = redis.call("hexists", slow.rooms, consumer) == 1 and slow or fast
        for place = 1, queue_paused and 0 or tonumber(ARGV[9]) do
            if not take_next(lane, place) then break end
        end
    elseif command == "ack" or command == "nack" or command == "requeue" then
        for place = 9, #ARGV, of_each or 1 do
            if redis.call("sismember", in_hand(consumer), ARGV[place]) == 1 then table.insert(settled, place) end
        end
    elseif command == "leave" then
        redis.call("hdel", fast.rooms, consumer)
        redis.call("hdel", slow.rooms, consumer)
    elseif command == "purge" then
        for _, lane in ipairs({fast, slow}) do
            for _, person in ipairs(redis.call("zrange", lane.turns, 0, -1)) do redis.call("del", waiting(person)) end
            redis.call("del", lane.turns)
        end
        for _, kind in ipairs(redis.call("smembers", queue .. ".aside")) do redis.call("del", queue .. ".aside:" .. kind) end
        redis.call("del", queue .. ".aside", held)
    end
end
local function is_known(id)
    return redis.call("hexists", queue .. ".msgs", id) == 1
end
local given, reply = {}, {}
for place, value in ipairs(ARGV) do given[place] = value end
if of_each then
    for place = 9, #given, of_each do
        ARGV[9], ARGV[10] = given[place], given[place + 1]
        -- The version before wrote nobody into the id.
        if command ~= "enqueue" or not (is_known(ARGV[9]) or is_known(string.match(ARGV[9], "|(.*)$") or "")) then
            dramatiq()
            -- Whoever puts a job on the queue hears whether it was new there.
            table.insert(reply, 1)
        else
            table.insert(reply, 0)
        end
    end
else
    reply = dramatiq()
end
if not fair then
    if redis.call("exists", queue) == 1 and redis.call("exists", fast.bell) == 0 then redis.call("rpush", fast.bell, 1) end
    return reply
end
for _, place in ipairs(settled) do
    local id, cost = given[place], tonumber(given[place + 1])
    hold(id, -1)
    if cost and command ~= "requeue" then
        charge(person_of(id), seconds, cost - AT_LEAST, {unpack(given, place + 2, place + 5)})
    end
end
if command == "maintain" then
    redis.call("zremrangebyscore", debts, "-inf", seconds)
    redis.call("zremrangebyscore", DEAR, "-inf", seconds)
    if ARGV[9] then redis.call("hset", ARGV[10] == "slow" and slow.rooms or fast.rooms, consumer, ARGV[9]) end
    redis.call("del", held)
    count_in_hand(fast)
    count_in_hand(slow)
end
line_up()
ring(fast)
ring(slow)
-- Somebody may have left the slow lane just now.
ring(fast)
return reply
""".replace("AT_LEAST", str(_AT_LEAST))
    .replace("AT_A_TIME", str(_AT_A_TIME))
    .replace("DEAR", f'"{DEAR}"')
    .replace("HALF_SHARE", str(_HALF_SHARE))
    .replace("FREE", str(_FREE))
    .replace("PART", str(_PART))
    .replace("LEAST", str(_LEAST))
)
