"""Requests that are no HTTP: waitress refuses them, in one line of JSON like all else that the server says."""
import json

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask


class Parser(HTTPRequestParser):
    """waitress's, for which an address like ``http://[`` is a mistake of the client's too, not an error of its own."""

    def parse_header(self, header_plus):
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError('Bad URI') from error


class Refusal(ErrorTask):
    """The answer to a request that never reached the application."""

    def execute(self):
        error = self.request.error
        body = json.dumps({'ok': False, 'error': error.body}).encode() + b'\n'
        self.status = f'{error.code} {error.reason}'
        self.response_headers.append(('Content-Type', 'application/json'))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    """A connection."""

    parser_class, error_task_class = Parser, Refusal
