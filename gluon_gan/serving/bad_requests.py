"""Malformed HTTP requests: waitress refuses them with one line of JSON, the format of the server's other answers."""
import json

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask


class Parser(HTTPRequestParser):
    """waitress's parser, except that an invalid address such as ``http://[`` is an error of the client (4xx).

    The original lets the ValueError through, which becomes an internal error.
    """

    def parse_header(self, header_plus):
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError('Bad URI') from error


class Refusal(ErrorTask):
    """The answer to a request that could not be parsed, and never reached the application."""

    def execute(self):
        error = self.request.error
        body = json.dumps({'ok': False, 'error': error.body}).encode() + b'\n'
        self.status = f'{error.code} {error.reason}'
        self.response_headers.append(('Content-Type', 'application/json'))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    """A connection that uses the two classes above."""

    parser_class, error_task_class = Parser, Refusal
